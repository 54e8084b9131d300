//! Prints the results of the scenarios as tables.
//!
//! Non-goals: checking them.

#![expect(clippy::print_stdout, reason = "the program prints tables")]

use core::time::Duration;

use benches::scenario::{ScenarioError, accuracy, economy};
use link::Conditions;
use netcode::Pace;

const SEED: u64 = 7;

fn main() -> Result<(), ScenarioError> {
    accuracy()?;
    println!();
    economy()
}

fn accuracy() -> Result<(), ScenarioError> {
    println!("Error of the drawn positions of other ships, in world units (a ship is 24 wide):");
    println!("8 players with random controls, 20 ms jitter each way, loss as stalls of 200 ms.\n");
    println!(
        "{:>10} {:>5}  {:>16}  {:>16}  {:>16}  {:>16}  {:>8}",
        "", "", "at input's effect", "", "at that instant", "", "inputs"
    );
    println!(
        "{:>10} {:>5}  {:>16}  {:>16}  {:>16}  {:>16}  {:>8}",
        "round trip", "loss", "game", "interpolation", "game", "interpolation", "in time"
    );
    for round_trip in [60, 120, 200] {
        for loss in [0.0, 0.02] {
            let conditions = Conditions {
                // Half of the round trip, less the mean of the jitter.
                latency: Duration::from_millis(round_trip / 2 - 10),
                jitter: Duration::from_millis(20),
                loss,
                ..Conditions::PERFECT
            };
            let measured = accuracy::measure(SEED, conditions)?;
            let pair =
                |errors: accuracy::Errors| format!("{:.1} (p95 {:.1})", errors.median, errors.p95);
            println!(
                "{round_trip:>7} ms {:>4.0}%  {:>16}  {:>16}  {:>16}  {:>16}  {:>7.1}%",
                loss * 100.0,
                pair(measured.predicted),
                pair(measured.interpolated),
                pair(measured.predicted_now),
                pair(measured.interpolated_now),
                measured.in_time * 100.0,
            );
        }
    }
    Ok(())
}

fn economy() -> Result<(), ScenarioError> {
    println!("Traffic of a connection per second, in both directions:\n");
    println!(
        "{:>8} {:>7}  {:>20}  {:>20}  {:>24}",
        "players", "pace", "host", "guest", "guest, full snapshots"
    );
    for players in [8, 31] {
        for (name, pace) in [
            ("eco", Pace::ECO),
            ("normal", Pace::NORMAL),
            ("fast", Pace::FAST),
            ("fastest", Pace::FASTEST),
        ] {
            let measured = economy::measure(SEED, players, pace)?;
            let pair =
                |rates: economy::Rates| format!("{:.1} msg {:.0} B", rates.messages, rates.bytes);
            println!(
                "{players:>8} {name:>7}  {:>20}  {:>20}  {:>24}",
                pair(measured.host),
                pair(measured.guest),
                pair(measured.snapshots),
            );
        }
    }
    Ok(())
}
