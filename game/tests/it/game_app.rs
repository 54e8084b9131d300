//! A game to be tested: frames of manual time, buttons by their names, texts that are shown.

use std::time::Duration;

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input::{ButtonState, InputPlugin};
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::time::TimeUpdateStrategy;
use client::participant::Status;
use game::platform::{Entropy, MemoryStore, PlatformEvent, PlatformEvents};
use game::play::ActiveMatch;
use game::relay_api::Relay;
use game::startup::StartupOptions;
use game::state::{Screen, Settings, StatusMessage};
use game::ui::button::{ButtonName, Press};

use crate::test_relay::TestRelay;

/// The length of a frame.
pub(crate) const FRAME: Duration = Duration::from_millis(16);

/// More frames than anything that is waited for takes: two minutes.
const MAX_FRAMES: u32 = 7_500;

pub(crate) struct GameApp {
    pub(crate) app: App,
    relay: TestRelay,
    store: MemoryStore,
}

impl GameApp {
    /// A game at its title.
    pub(crate) fn new(relay: &TestRelay) -> Self {
        Self::start(relay, &MemoryStore::default(), StartupOptions::default())
    }

    pub(crate) fn start(relay: &TestRelay, store: &MemoryStore, options: StartupOptions) -> Self {
        let mut app = App::new();
        app.add_plugins((
            MinimalPlugins,
            StatesPlugin,
            InputPlugin,
            WindowPlugin::default(),
        ))
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .insert_resource(Entropy(|| 7))
        .insert_resource(Settings::new(store.clone()))
        .insert_resource(Relay::new(relay.clone()))
        .insert_resource(options)
        .add_plugins(game::plugin);
        app.finish();
        app.cleanup();
        let mut game = Self {
            app,
            relay: relay.clone(),
            store: store.clone(),
        };
        game.frame();
        game
    }

    /// Lets a frame pass, for the broker too.
    pub(crate) fn frame(&mut self) {
        self.relay.broker.advance(self.relay.broker.now() + FRAME);
        self.app.update();
    }

    /// Lets frames pass until something is so.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        for _ in 0..MAX_FRAMES {
            if is_so(self) {
                return;
            }
            self.frame();
        }
        panic!(
            "not within {MAX_FRAMES} frames: {what}; the screen is {:?}, the message {:?}",
            self.screen(),
            self.status().text(),
        );
    }

    #[track_caller]
    pub(crate) fn until_playing(&mut self) {
        self.until("plays in a match", |game| {
            game.screen() == Screen::Match
                && game.active_match().map(ActiveMatch::status) == Some(Status::Playing)
        });
    }

    /// Presses the button of this name.
    #[track_caller]
    pub(crate) fn press(&mut self, name: &str) {
        self.until(&format!("shows the button {name}"), |game| {
            game.button(name).is_some()
        });
        let entity = self.button(name).unwrap();
        self.app.world_mut().trigger(Press { entity });
        self.frame();
    }

    /// The button of this name, if it is shown.
    pub(crate) fn button(&mut self, name: &str) -> Option<Entity> {
        let world = self.app.world_mut();
        let mut buttons = world.query::<(Entity, &ButtonName)>();
        buttons
            .iter(world)
            .find(|(_, button)| button.0 == name)
            .map(|(entity, _)| entity)
    }

    /// Presses a key.
    pub(crate) fn type_key(&mut self, key_code: KeyCode, logical_key: Key) {
        self.app.world_mut().write_message(KeyboardInput {
            key_code,
            logical_key,
            state: ButtonState::Pressed,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        });
        self.frame();
    }

    /// The texts of the interface that contain this one.
    pub(crate) fn texts_with(&mut self, part: &str) -> Vec<String> {
        let world = self.app.world_mut();
        let mut texts = world.query::<&Text>();
        texts
            .iter(world)
            .map(|text| text.0.clone())
            .filter(|text| text.contains(part))
            .collect()
    }

    pub(crate) fn screen(&self) -> Screen {
        *self.app.world().resource::<State<Screen>>().get()
    }

    pub(crate) fn status(&self) -> &StatusMessage {
        self.app.world().resource()
    }

    pub(crate) fn active_match(&self) -> Option<&ActiveMatch> {
        self.app.world().get_resource()
    }

    /// The settings as another program would read them.
    pub(crate) fn settings(&self) -> Settings {
        Settings::new(self.store.clone())
    }

    /// Something happens outside of the window.
    pub(crate) fn send(&self, event: PlatformEvent) {
        let events: &PlatformEvents = self.app.world().resource();
        events.sender().send(event).unwrap();
    }
}
