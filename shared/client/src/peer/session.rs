//! The session of a participant: a host or a guest, with a common interface.
//!
//! Non-goals: topics and links.

use core::time::Duration;

use netcode::{Guest, Health, History, Host, NoticeOf, Simulation, Sync, Tick};
use protocol::Epoch;
use serde::de::DeserializeOwned;

use super::seats::Seats;

/// A host with the seats that it has granted, or a guest.
pub(super) enum Session<S: Simulation> {
    Host(Box<Host<S>>, Seats),
    Guest(Box<Guest<S>>),
}

impl<S: Simulation + DeserializeOwned> Session<S> {
    pub(super) fn epoch(&self) -> Epoch {
        match self {
            Self::Host(host, _) => host.epoch(),
            Self::Guest(guest) => guest.epoch(),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        match self {
            Self::Host(..) => true,
            Self::Guest(guest) => guest.sync() == Sync::Live,
        }
    }

    pub(super) fn reconnected(&mut self, now: Duration) {
        match self {
            Self::Host(host, _) => host.reconnected(now),
            Self::Guest(guest) => guest.reconnected(now),
        }
    }

    pub(super) fn steer(&mut self, controls: S::Controls) {
        match self {
            Self::Host(host, _) => host.steer(controls),
            Self::Guest(guest) => guest.steer(controls),
        }
    }

    pub(super) fn present(&self) -> Option<(Tick, &S)> {
        match self {
            Self::Host(host, _) => Some(host.present()),
            Self::Guest(guest) => guest.predicted(),
        }
    }

    pub(super) fn confirmed(&self) -> Option<(Tick, &S)> {
        match self {
            Self::Host(host, _) => Some((host.tick(), host.state())),
            Self::Guest(guest) => guest.confirmed(),
        }
    }

    pub(super) const fn corrected(&self) -> Option<&S> {
        match self {
            Self::Host(host, _) => host.corrected(),
            Self::Guest(guest) => guest.corrected(),
        }
    }

    pub(super) fn fraction(&self, now: Duration) -> f32 {
        match self {
            Self::Host(host, _) => host.fraction(now),
            Self::Guest(guest) => guest.fraction(now),
        }
    }

    pub(super) fn take_notices(&mut self) -> Vec<NoticeOf<S>> {
        match self {
            Self::Host(host, _) => host.drain_notices().collect(),
            Self::Guest(guest) => guest.drain_notices().collect(),
        }
    }

    pub(super) fn health(&self) -> Health {
        match self {
            Self::Host(host, _) => host.health(),
            Self::Guest(guest) => guest.health(),
        }
    }

    pub(super) const fn history(&self) -> &History {
        match self {
            Self::Host(host, _) => host.history(),
            Self::Guest(guest) => guest.history(),
        }
    }
}
