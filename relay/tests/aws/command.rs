use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use arrayvec::ArrayString;
use client::lobby::Client;
use protocol::CreateMatch;

use crate::double::Double;

fn relay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command
        .args(["serve", "--broker", "aws", "--listen", "127.0.0.1:0", "-vv"])
        .env_remove("LASTWILL_AWS_ROLE")
        .env_remove("LASTWILL_AWS_ENDPOINT")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    command
}

#[test]
fn the_program_runs_matches_on_aws_and_logs_no_secret() {
    let double = Double::start();
    let data = tempfile::tempdir().unwrap();
    let mut relay = relay()
        .arg("--data")
        .arg(data.path())
        .envs(double.environment())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said: Vec<String> = BufReader::new(relay.stdout.take().unwrap())
        .lines()
        .take(2)
        .map(Result::unwrap)
        .collect();
    assert!(said[0].starts_with("the matches run on ws://"), "{said:?}");
    let (_, url) = said[1].split_once(" on ").unwrap();
    let wish = CreateMatch {
        rules: headless::rules(),
        name: ArrayString::from("Test").unwrap(),
        callsign: None,
        max_players: 8,
        public: true,
    };
    let ticket = Client::new(url).create(&wish).wait().unwrap();
    relay.kill().unwrap();
    relay.wait().unwrap();
    let mut log = String::new();
    let mut stderr = relay.stderr.take().unwrap();
    stderr.read_to_string(&mut log).unwrap();
    assert!(!log.is_empty(), "everything is logged");
    let (_, session) = ticket.mqtt.ws.split_once("X-Amz-Security-Token=").unwrap();
    let [_, (_, secret), ..] = double.environment();
    for secret in [session, &secret, &ticket.token] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_command_without_a_role_says_so() {
    let output = relay().output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--aws-role <ARN>"), "{told}");
}
