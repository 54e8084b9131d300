//! The lobby API's client.
