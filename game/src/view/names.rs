//! Names over other ships, and emotes; one text for each slot, hidden while it is empty.

use std::fmt::Write;

use arena::MAX_SLOTS;
use arena::Say;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use netcode::Slot;

use super::camera::CameraView;
use super::ease::Eased;
use super::palette;
use crate::messages::{ChatReceived, SceneCut};
use crate::phrases;
use crate::stage::Stage;
use crate::state::FrameSystems;
use crate::ui::theme;

/// How long an emote is shown, in seconds.
const EMOTE_SECONDS: f32 = 2.5;

/// Height over the ship's middle, in world units.
const LIFT: f32 = 31.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Emotes>()
        .add_observer(|_: On<SceneCut>, mut emotes: ResMut<Emotes>| *emotes = Emotes::default())
        .add_systems(Startup, spawn)
        .add_systems(Update, (receive, place).chain().in_set(FrameSystems::Show));
}

/// The text of a slot.
#[derive(Component)]
struct NameOf(Slot);

/// The emote of each slot, and for how many seconds it is still shown.
#[derive(Resource, Default)]
struct Emotes([Option<(&'static str, f32)>; MAX_SLOTS]);

fn spawn(mut commands: Commands) {
    // Bevy does not update a text that changes while no text is visible: this one always is.
    commands.spawn((Text2d::default(), NoFrustumCulling));
    for slot in Slot::first(MAX_SLOTS) {
        commands.spawn((
            NameOf(slot),
            Text2d::default(),
            TextFont::from_font_size(theme::SMALL),
            TextColor(palette::colour(slot).with_alpha(0.85)),
            Transform::from_xyz(0.0, 0.0, 1.0),
            Visibility::Hidden,
        ));
    }
}

fn receive(time: Res<Time>, mut chat: MessageReader<ChatReceived>, mut emotes: ResMut<Emotes>) {
    for emote in &mut emotes.0 {
        if let Some((_, left)) = emote {
            *left -= time.delta_secs();
            emote.take_if(|(_, left)| *left <= 0.0);
        }
    }
    for ChatReceived { slot, say } in chat.read() {
        if let Say::Emote(emote) = say
            && let Some(shown) = emotes.0.get_mut(slot.index())
        {
            *shown = Some((phrases::text(*emote), EMOTE_SECONDS));
        }
    }
}

fn place(
    stage: Res<Stage>,
    camera: Res<CameraView>,
    eased: Res<Eased>,
    emotes: Res<Emotes>,
    mut scratch: Local<String>,
    mut texts: Query<(&NameOf, &mut Text2d, &mut Transform, &mut Visibility)>,
) {
    for (&NameOf(slot), mut text, mut transform, mut visibility) in &mut texts {
        let emote = emotes.0[slot.index()];
        let named = stage.own_slot != Some(slot) || emote.is_some();
        let place = stage
            .ship(slot)
            .filter(|ship| named && ship.is_flying())
            .map(|ship| {
                camera.place_moving(ship.position, ship.velocity.offset())
                    + eased.offset(slot) * camera.scale
            });
        let Some(place) = place.filter(|&place| camera.sees(place, 40.0)) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        transform.translation = (place + Vec2::Y * (LIFT * camera.scale))
            .round()
            .extend(1.0);
        scratch.clear();
        // Writing to a string cannot fail.
        let _ = match emote {
            Some((phrase, _)) => write!(scratch, "{phrase}"),
            None => write!(scratch, "{}", stage.name(slot)),
        };
        if text.0 != *scratch {
            text.0.clone_from(&scratch);
        }
    }
}
