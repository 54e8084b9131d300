//! How the game was started: the options of a command line, or of a page's address.
//!
//! Both are read here, by one list of names. Non-goals: splitting a command line into words or an
//! address into its parts, which `platform` does.

mod error;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use bevy::prelude::Resource;
use link::Conditions;
use netcode::HostOptions;
use protocol::{Callsign, Code};

use self::values::{base_url, id, read_token, text};

pub use self::error::InvalidStartup;

/// The relay of a game that was started without `--url`.
const DEFAULT_RELAY: &str = "http://127.0.0.1:8080";

/// An option that is not one of the network's or of the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Url,
    Join,
    Host,
    Replay,
    Callsign,
    IdToken,
    Stats,
}

/// The options by their names on the command line; those of [`Conditions`] and [`HostOptions`] are
/// valid too, and take a value.
const SETTINGS: [(&str, Setting); 7] = [
    ("url", Setting::Url),
    ("join", Setting::Join),
    ("host", Setting::Host),
    ("replay", Setting::Replay),
    ("callsign", Setting::Callsign),
    ("id-token", Setting::IdToken),
    ("stats", Setting::Stats),
];

/// What the player asked for when starting the game.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct StartupOptions {
    /// The relay's base URL, without a slash at its end.
    pub relay: String,
    /// What to do at once.
    pub action: StartupAction,
    /// Overrides the stored callsign.
    pub callsign: Option<Callsign>,
    /// An ID token of the relay's issuer, which proves an account.
    pub id_token: Option<String>,
    /// Publish a report at least each second.
    pub stats: bool,
    /// The network that a match is played over, on top of the real one.
    pub conditions: Conditions,
    /// How a match is run that this client hosts.
    pub hosting: HostOptions,
}

/// What to do at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartupAction {
    /// Show the title.
    ShowTitle,
    /// Join this match.
    Join(Code),
    /// Host a match.
    Host,
    /// Play this recording back: a file, or in a browser a path on the page's server.
    Replay(PathBuf),
}

impl Default for StartupOptions {
    fn default() -> Self {
        Self {
            relay: DEFAULT_RELAY.into(),
            action: StartupAction::ShowTitle,
            callsign: None,
            id_token: None,
            stats: false,
            conditions: Conditions::PERFECT,
            hosting: HostOptions::default(),
        }
    }
}

impl StartupOptions {
    /// Whether the option of this name takes a value.
    ///
    /// # Errors
    /// If there is no such option.
    pub fn takes_value(name: &str) -> Result<bool, InvalidStartup> {
        match setting(name) {
            Some(Setting::Host | Setting::Stats) => Ok(false),
            Some(_) => Ok(true),
            None if is_tuning(name) => Ok(true),
            None => Err(InvalidStartup::Unknown(name.into())),
        }
    }

    /// Sets the option of this name; `value` is empty for an option that takes none.
    ///
    /// # Errors
    /// If there is no such option, or the value is not valid for it.
    pub fn set(&mut self, name: &str, value: OsString) -> Result<(), InvalidStartup> {
        match setting(name) {
            Some(Setting::Url) => self.relay = base_url(&text(value)?)?,
            Some(Setting::Join) => self.action = StartupAction::Join(id(value)?),
            Some(Setting::Host) => self.action = StartupAction::Host,
            Some(Setting::Replay) => self.action = StartupAction::Replay(value.into()),
            Some(Setting::Callsign) => self.callsign = Some(id(value)?),
            Some(Setting::IdToken) => self.id_token = Some(read_token(value.into())?),
            Some(Setting::Stats) => self.stats = true,
            None => self.tune(name, &text(value)?)?,
        }
        Ok(())
    }

    /// The options in the address of a page: its `origin`, the parameters of its query, and its
    /// fragment without the `#`.
    ///
    /// `?latency=120&jitter=20&loss=2&stall=500` is a worse network than the real one,
    /// `?pace=fast&repeat=2&fair=off` how a match is run that is hosted here, and
    /// `?replay=/duel.match` plays that recording. `#CODE` joins that match and `#host` hosts one,
    /// each possibly followed by `&id_token=…`. Everything else is ignored.
    ///
    /// # Errors
    /// If a value is not valid.
    pub fn from_address(
        origin: String,
        query: impl Fn(&str) -> Option<String>,
        fragment: &str,
    ) -> Result<Self, InvalidStartup> {
        let mut options = Self {
            relay: origin,
            stats: true,
            ..Self::default()
        };
        for name in Conditions::NAMES.into_iter().chain(HostOptions::NAMES) {
            if let Some(value) = query(name) {
                options.tune(name, &value)?;
            }
        }
        if let Some(code) = code_in_fragment(fragment) {
            options.action = StartupAction::Join(code);
        } else if fragment == "host" {
            options.action = StartupAction::Host;
        } else if let Some(path) = query("replay") {
            options.action = StartupAction::Replay(path.into());
        }
        options.id_token = fragment
            .split('&')
            .find_map(|part| part.strip_prefix("id_token="))
            .map(str::to_owned);
        Ok(options)
    }

    fn tune(&mut self, name: &str, value: &str) -> Result<(), InvalidStartup> {
        if Conditions::NAMES.contains(&name) {
            self.conditions.set(name, value)?;
        } else if HostOptions::NAMES.contains(&name) {
            self.hosting.set(name, value)?;
        } else {
            return Err(InvalidStartup::Unknown(name.into()));
        }
        Ok(())
    }
}

/// The match that the fragment of a page's address names, without the `#`.
pub fn code_in_fragment(fragment: &str) -> Option<Code> {
    fragment.split('&').next()?.parse().ok()
}

fn setting(name: &str) -> Option<Setting> {
    SETTINGS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, setting)| *setting)
}

fn is_tuning(name: &str) -> bool {
    Conditions::NAMES.contains(&name) || HostOptions::NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use netcode::Pace;

    use super::*;

    fn from_address(query: &[(&str, &str)], fragment: &str) -> Result<StartupOptions, String> {
        let parameter = |name: &str| {
            let found = query.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        StartupOptions::from_address("https://relay.example".into(), parameter, fragment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn names_and_values_are_checked() {
        let mut options = StartupOptions::default();
        for (name, value) in [
            ("url", "https://relay.example/"),
            ("join", "BCDFX"),
            ("callsign", "Ada"),
            ("latency", "80"),
            ("pace", "fast"),
        ] {
            assert!(StartupOptions::takes_value(name).unwrap(), "{name}");
            options.set(name, value.into()).unwrap();
        }
        for name in ["host", "stats"] {
            assert!(!StartupOptions::takes_value(name).unwrap(), "{name}");
        }
        assert_eq!(options.relay, "https://relay.example");
        assert_eq!(
            options.action,
            StartupAction::Join("BCDFX".parse().unwrap())
        );
        assert_eq!(options.conditions.latency, Duration::from_millis(80));
        assert_eq!(options.hosting.pace, Pace::FAST);

        assert!(StartupOptions::takes_value("speed").is_err());
        for (name, value, why) in [
            (
                "url",
                "ftp://relay.example",
                "--url must start with http://",
            ),
            ("join", "b", "cannot parse argument \"b\""),
            ("latency", "fast", "latency must be milliseconds"),
            ("pace", "Fast", "pace must be eco"),
            ("speed", "1", "invalid option '--speed'"),
        ] {
            let error = options.set(name, value.into()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_fragment_of_an_address_names_the_match_and_the_token() {
        let code: Code = "BCDFX".parse().unwrap();
        for (query, fragment, action, id_token) in [
            (&[][..], "", StartupAction::ShowTitle, None),
            (&[], "BCDFX", StartupAction::Join(code), None),
            (
                &[],
                "BCDFX&id_token=t",
                StartupAction::Join(code),
                Some("t"),
            ),
            (&[], "id_token=t", StartupAction::ShowTitle, Some("t")),
            (&[], "host", StartupAction::Host, None),
            (&[("replay", "/a")], "host", StartupAction::Host, None),
            (
                &[("replay", "/a")],
                "",
                StartupAction::Replay("/a".into()),
                None,
            ),
        ] {
            let options = from_address(query, fragment).unwrap();
            assert_eq!(options.action, action, "{fragment}");
            assert_eq!(options.id_token.as_deref(), id_token, "{fragment}");
            assert!(options.stats);
        }
    }

    #[test]
    fn the_query_of_an_address_sets_only_network_and_hosting() {
        let options = from_address(&[("loss", "2.5"), ("fair", "off")], "").unwrap();
        assert_eq!(options.conditions.loss, 0.025);
        assert!(!options.hosting.fair);

        let options = from_address(&[("url", "http://other.example"), ("utm", "x")], "").unwrap();
        assert_eq!(options.relay, "https://relay.example");

        let error = from_address(&[("loss", "much")], "").unwrap_err();
        assert!(error.contains("loss must be a percentage"), "{error}");
    }
}
