//! Everything that needs AWS: a broker, a match store, a subscription and the Lambda function.
//!
//! - [`broker`]: AWS IoT Core as the [`Broker`](crate::broker::Broker) of matches.
//! - [`store`]: a DynamoDB table as the [`Store`](crate::store::Store) of matches and of the
//!   tokens' signing key.
//! - [`subscription`]: subscribes the relay to Amazon SNS topics.
//! - [`lambda`]: the lobby as a function of AWS Lambda.
//!
//! This is the only module that the feature `aws` adds; the rest of the relay sees its traits.
//! Non-goals: verifying messages of SNS, which needs no AWS SDK and is in [`sns`](crate::sns).

pub mod broker;
pub mod lambda;
mod sdk;
pub mod store;
pub mod subscription;

pub use broker::IotCore;
pub use sdk::loader;
pub use store::DynamoStore;
