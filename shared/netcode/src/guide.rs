//! A guide to the library, one page for each task.
//!
//! 1. [Your simulation](simulation): the trait that a game implements.
//! 2. [Hosting](hosting): the authority of a match, its log and its seats.
//! 3. [Joining](joining): players and spectators, and changes of the host.
//! 4. [Drawing](drawing): the predicted present, smooth between ticks and after corrections.
//! 5. [Events and messages](events): effects, scores and chat.
//! 6. [Keyframes](keyframes): states that are larger than one payload.
//! 7. [Testing](testing): determinism, and matches without a network.
//! 8. [Limits](limits), and what the library does not do.
//!
//! The pages use one small game, `Dots`, which the first page shows.

pub mod drawing;
pub mod events;
pub mod hosting;
pub mod joining;
pub mod keyframes;
pub mod limits;
pub mod simulation;
pub mod testing;
