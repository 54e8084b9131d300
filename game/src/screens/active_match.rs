//! The frame around a match: connecting to it, and the change to the results and back.

use bevy::prelude::*;
use client::participant::Status;

use crate::intents::LeaveMatch;
use crate::play::ActiveMatch;
use crate::stage::Stage;
use crate::state::{FrameSystems, Screen};
use crate::ui::button::{Press, Weight, button};
use crate::ui::text::set_text;
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Screen::Match), spawn_waiting)
        .add_systems(
            Update,
            (show_waiting, follow_round)
                .run_if(resource_exists::<ActiveMatch>)
                .in_set(FrameSystems::Show),
        );
}

#[derive(Component)]
struct Waiting;

#[derive(Component)]
struct WaitingText;

fn spawn_waiting(mut commands: Commands) {
    commands
        .spawn((
            DespawnOnExit(Screen::Match),
            Waiting,
            GlobalZIndex(3),
            theme::overlay(),
        ))
        .with_children(|overlay| {
            overlay.spawn(theme::panel(px(300))).with_children(|panel| {
                panel.spawn((WaitingText, theme::paragraph("", theme::BODY, theme::TEXT)));
                panel
                    .spawn(button("cancel", "CANCEL", Weight::Plain))
                    .observe(|_: On<Press>, mut commands: Commands| commands.trigger(LeaveMatch));
            });
        });
}

fn show_waiting(
    active_match: Res<ActiveMatch>,
    mut overlays: Query<&mut Visibility, With<Waiting>>,
    mut texts: Query<&mut Text, With<WaitingText>>,
) {
    let step = match active_match.status() {
        Status::Connecting => "Connecting to the match ...",
        Status::Joining => "Waiting for the arena ...",
        // Play goes on by prediction; the HUD shows the state of the connection.
        Status::Playing | Status::Electing | Status::Reconnecting | Status::Over { .. } => "",
    };
    for mut visibility in &mut overlays {
        visibility.set_if_neq(match step {
            "" => Visibility::Hidden,
            _ => Visibility::Inherited,
        });
    }
    for mut text in &mut texts {
        set_text(&mut text, step);
    }
}

/// Shows the results for as long as the arena does.
fn follow_round(
    stage: Res<Stage>,
    active_match: Res<ActiveMatch>,
    screen: Res<State<Screen>>,
    mut next: ResMut<NextState<Screen>>,
) {
    let results = stage.shows_results() && active_match.status() == Status::Playing;
    let wanted = if results {
        Screen::Results
    } else {
        Screen::Match
    };
    if *screen != Screen::Title && *screen != wanted {
        next.set(wanted);
    }
}
