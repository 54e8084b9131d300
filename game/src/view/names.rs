//! Names over other ships, and what pilots say with a picture; one text for each slot, hidden
//! while there is nothing to read.

use std::fmt::Write;

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use shared::sim::{MAX_SLOTS, Slot};
use shared::wire::Say;

use super::ease::Eased;
use super::lens::Lens;
use super::palette;
use crate::phrases;
use crate::stage::{Cut, FrameSystems, Said, Stage};
use crate::ui::theme;

/// How long a picture stays, in seconds.
const EMOTE_SECONDS: f32 = 2.5;

/// Over the ship's middle, in world units.
const LIFT: f32 = 31.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Emotes>()
        .add_observer(|_: On<Cut>, mut emotes: ResMut<Emotes>| *emotes = Emotes::default())
        .add_systems(Startup, spawn)
        .add_systems(Update, (hear, place).chain().in_set(FrameSystems::Show));
}

/// The text of a slot.
#[derive(Component)]
struct NameOf(Slot);

/// What each slot shows, and for how long yet.
#[derive(Resource, Default)]
struct Emotes([Option<(&'static str, f32)>; MAX_SLOTS]);

fn spawn(mut commands: Commands) {
    // Bevy misses a text that changes while the camera sees none: it always sees this empty one.
    commands.spawn((Text2d::default(), NoFrustumCulling));
    for slot in Slot::all() {
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

fn hear(time: Res<Time>, mut said: MessageReader<Said>, mut emotes: ResMut<Emotes>) {
    for emote in &mut emotes.0 {
        if let Some((_, left)) = emote {
            *left -= time.delta_secs();
            emote.take_if(|(_, left)| *left <= 0.0);
        }
    }
    for Said { slot, say } in said.read() {
        if let Say::Emote(emote) = say {
            emotes.0[slot.index()] = Some((phrases::text(*emote), EMOTE_SECONDS));
        }
    }
}

fn place(
    stage: Res<Stage>,
    lens: Res<Lens>,
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
                lens.place_moving(ship.position, ship.velocity.offset())
                    + eased.offset(slot) * lens.scale
            });
        let Some(place) = place.filter(|&place| lens.sees(place, 40.0)) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        transform.translation = (place + Vec2::Y * (LIFT * lens.scale)).round().extend(1.0);
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
