//! The command line.

use lexopt::prelude::*;

use crate::startup::{InvalidStartup, StartupOptions};

/// What `--help` prints.
pub(super) const USAGE: &str = "\
Last Will: dogfights in an asteroid field

usage: game [--url URL] [--join CODE | --host | --replay FILE] [--callsign NAME]
            [--id-token FILE] [--stats] [--pace PACE] [--repeat N] [--fair on|off]
            [--latency MS] [--jitter MS] [--loss PERCENT] [--stall MS]

  --url URL        the relay (http://127.0.0.1:8080)
  --join CODE      join this match at once
  --host           host a match at once
  --replay FILE    play back what `relay record` has recorded
  --callsign NAME  play under this name
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

/// `None` if help is asked for.
pub(super) fn parse(mut parser: lexopt::Parser) -> Result<Option<StartupOptions>, lexopt::Error> {
    let mut options = StartupOptions::default();
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long(name) => name.to_owned(),
            _ => return Err(argument.unexpected()),
        };
        let value = match StartupOptions::takes_value(&name).map_err(custom)? {
            true => parser.value()?,
            false => Default::default(),
        };
        options.set(&name, value).map_err(custom)?;
    }
    Ok(Some(options))
}

fn custom(error: InvalidStartup) -> lexopt::Error {
    lexopt::Error::Custom(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::startup::StartupAction;

    fn parse_words(words: &[&str]) -> Result<Option<StartupOptions>, String> {
        parse(lexopt::Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn values_follow_their_names_with_a_space_or_a_sign() {
        for words in [&["--join", "BCDFX"][..], &["--join=BCDFX"]] {
            let options = parse_words(words).unwrap().unwrap();
            let code = "BCDFX".parse().unwrap();
            assert_eq!(options.action, StartupAction::Join(code));
        }
        let options = parse_words(&["--stats", "--host"]).unwrap().unwrap();
        assert!(options.stats);
        assert_eq!(options.action, StartupAction::Host);
        assert_eq!(parse_words(&["--stats", "-h"]).unwrap(), None);
    }

    #[test]
    fn every_error_names_the_argument() {
        for (words, why) in [
            (&["--speed", "1"][..], "invalid option '--speed'"),
            (&["--join"], "missing argument for option '--join'"),
            (
                &["--host=1", "--stats"],
                "unexpected argument for option '--host'",
            ),
            (&["BCDFX"], "unexpected argument \"BCDFX\""),
            (&["--id-token", "/"], "cannot read the ID token in /"),
        ] {
            let error = parse_words(words).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
