//! Netcode for deterministic simulations over a shared log.

mod codec;
mod epoch;
mod line;
mod session;
mod simulation;
mod slot;
mod sync_test;
mod tick;
pub mod wire;

pub use codec::{ChangeOf, DeltaOf, DownlinkOf, UplinkOf, decode_downlink, decode_uplink};
pub use epoch::Epoch;
pub use line::{InvalidLine, Line};
pub use session::{
    Guest, Health, History, Host, HostOptions, InvalidOption, Notice, NoticeOf, Outgoing, Pace,
    SEAT_GRACE, StateTooLarge, Sync, apply_change, apply_delta, is_too_far_ahead, max_ahead,
};
pub use simulation::Simulation;
pub use slot::{MAX_SEATS, Slot};
pub use sync_test::{Difference, SyncTestError, SyncTestOptions, sync_test};
pub use tick::Tick;
