//! The desktop: command line, files that remember callsign and identity, reports on standard
//! output.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use std::{env, fs, io};

use bevy::app::AppExit;
use lexopt::prelude::*;
use shared::protocol::{Callsign, Code, Ticket};
use shared::session::HostOptions;
use shared::transport::Conditions;

use super::{Errand, MAX_FILE, Opened, Startup, TOO_LARGE};

/// The file that remembers the callsign.
const CALLSIGN: &str = "callsign";

/// The file that remembers the identity's token.
const IDENTITY: &str = "identity";

const USAGE: &str = "\
Last Will: dogfights in an asteroid field

usage: game [--url URL] [--join CODE | --host | --replay FILE] [--callsign NAME]
            [--id-token FILE] [--stats] [--pace PACE] [--repeat N] [--fair on|off]
            [--latency MS] [--jitter MS] [--loss PERCENT] [--stall MS]

  --url URL        the relay (http://127.0.0.1:8080)
  --join CODE      join this match at once
  --host           host a match at once
  --replay FILE    play back what `relay record` has recorded
  --callsign NAME  fly under this name
  --id-token FILE  a file with an ID token of the issuer that the relay trusts,
                   for relays that let only accounts host
  --stats          print a line of JSON about the match each second

How this client runs a match while it is the host:
  --pace PACE      how often it publishes: eco (at most 10 times a second),
                   normal (20), fast (30) or fastest (60)
  --repeat N       each message repeats the N before it, for brokers that lose some
  --fair off       your own controls have no delay, unlike everybody else's

A worse network than there is:
  --latency MS     delay added to each direction, so twice to the round trip
  --jitter MS      up to this much more, at random, in each direction
  --loss PERCENT   messages that must be sent again: they and all that follows
                   come 200 ms later
  --stall MS       hold everything for so long, every 10 seconds on average
";

/// Reads the command line; `Err` is the code to exit with at once.
pub(crate) fn startup() -> Result<Startup, AppExit> {
    match parse(lexopt::Parser::from_env()) {
        Ok(Some(startup)) => Ok(startup),
        Ok(None) => {
            let _ = io::stdout().write_all(USAGE.as_bytes());
            Err(AppExit::Success)
        }
        Err(error) => {
            let _ = write!(io::stderr(), "error: {error}\n\n{USAGE}");
            Err(AppExit::from_code(2))
        }
    }
}

/// `None` if help is wanted.
fn parse(mut parser: lexopt::Parser) -> Result<Option<Startup>, lexopt::Error> {
    let mut startup = Startup {
        relay: "http://127.0.0.1:8080".into(),
        errand: Errand::Browse,
        callsign: None,
        id_token: None,
        stats: false,
        conditions: Conditions::PERFECT,
        hosting: HostOptions::default(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("url") => {
                let url = parser.value()?.string()?;
                if !url.starts_with("http://") && !url.starts_with("https://") {
                    return Err("--url must start with http:// or https://".into());
                }
                startup.relay = url.trim_end_matches('/').into();
            }
            Long("join") => startup.errand = Errand::Join(parser.value()?.parse::<Code>()?),
            Long("host") => startup.errand = Errand::Host,
            Long("replay") => startup.errand = Errand::Replay(parser.value()?.into()),
            Long("callsign") => startup.callsign = Some(parser.value()?.parse::<Callsign>()?),
            Long("id-token") => startup.id_token = Some(read_token(parser.value()?.as_ref())?),
            Long("stats") => startup.stats = true,
            Long(name) if Conditions::NAMES.contains(&name) => {
                let name = name.to_owned();
                startup
                    .conditions
                    .set(&name, &parser.value()?.string()?)
                    .map_err(|error| lexopt::Error::Custom(error.into()))?;
            }
            Long(name) if HostOptions::NAMES.contains(&name) => {
                let name = name.to_owned();
                startup
                    .hosting
                    .set(&name, &parser.value()?.string()?)
                    .map_err(|error| lexopt::Error::Custom(error.into()))?;
            }
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(startup))
}

fn read_token(file: &Path) -> Result<String, lexopt::Error> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.trim().into()),
        Err(error) => {
            Err(format!("cannot read the ID token in {}: {error}", file.display()).into())
        }
    }
}

/// 64 random bits.
pub(crate) fn entropy() -> u64 {
    // Each `RandomState` is keyed by the system's random numbers.
    RandomState::new().build_hasher().finish()
}

fn remembered_file(name: &str) -> Option<PathBuf> {
    let folder = env::var_os("XDG_CONFIG_HOME")
        .or_else(|| env::var_os("APPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")))?;
    Some(folder.join("lastwill").join(name))
}

/// The callsign of the last time, if there is one.
pub(crate) fn remembered_callsign() -> Option<Callsign> {
    fs::read_to_string(remembered_file(CALLSIGN)?)
        .ok()?
        .parse()
        .ok()
}

/// Keeps the callsign for the next time. Failing costs the player nothing but a re-roll.
pub(crate) fn remember_callsign(callsign: Callsign) {
    if let Some(file) = remembered_file(CALLSIGN) {
        let _ = file.parent().map(fs::create_dir_all);
        let _ = fs::write(file, callsign.as_str());
    }
}

/// The identity's token of the last time, if there is one.
pub(crate) fn remembered_identity() -> Option<String> {
    fs::read_to_string(remembered_file(IDENTITY)?).ok()
}

/// Keeps the identity's token for the next time, for its owner's eyes. Failing costs the player
/// nothing but being known.
pub(crate) fn remember_identity(token: Option<&str>) {
    let Some(file) = remembered_file(IDENTITY) else {
        return;
    };
    let _ = file.parent().map(fs::create_dir_all);
    let _ = match token {
        Some(token) => write_secret(&file, token),
        None => fs::remove_file(file),
    };
}

fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// A window is not loaded again.
pub(crate) fn remember_ticket(_ticket: Option<&Ticket>) {}

/// A window is not loaded again.
pub(crate) fn remembered_ticket() -> Option<Ticket> {
    None
}

/// A hidden window goes on.
pub(crate) fn when_hidden(_action: Option<Box<dyn Fn()>>) {}

/// The file that was opened last, until it is asked for.
static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

/// Asks the player for a file.
///
/// # Errors
/// A desktop has other ways: in words, which.
pub(crate) fn choose_file() -> Result<(), &'static str> {
    Err(
        "Drop a recording onto this window, or start the game with --replay FILE. `relay record` makes one.",
    )
}

/// Opens a file; [`opened_file`] yields it.
pub(crate) fn open_file(path: &Path) {
    let opened = read(path).unwrap_or_else(|error| {
        Err(format!(
            "Cannot read {}: {error}. Check the path, or drop the file onto this window.",
            path.display()
        ))
    });
    *OPENED.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
}

fn read(path: &Path) -> io::Result<Opened> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    Ok(match bytes.len() as u64 {
        0..=MAX_FILE => Ok(bytes),
        _ => Err(TOO_LARGE.into()),
    })
}

/// The file that was opened, once.
pub(crate) fn opened_file() -> Option<Opened> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Whether thumbs are the likely controls.
pub(crate) fn prefers_touch() -> bool {
    false
}

/// A desktop window has no address to show the match's code in.
pub(crate) fn show_code(_code: Option<Code>) {}

/// A desktop window has no address that could change to another match's.
pub(crate) fn invitation() -> Option<Code> {
    None
}

/// A panic is readable in the terminal that the game was started from.
pub(crate) fn install_panic_screen() {}

/// Whether a report is due: each second, if the player asked for it.
pub(crate) fn report_wanted(startup: &Startup, last: &mut Option<Instant>) -> bool {
    let due = startup.stats && last.is_none_or(|last| last.elapsed().as_secs() >= 1);
    if due {
        *last = Some(Instant::now());
    }
    due
}

/// Prints the report; a closed pipe only means that nobody reads it.
pub(crate) fn publish_report(stats: &str, _buttons: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{stats}").and_then(|()| out.flush());
}
