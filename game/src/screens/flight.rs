//! The flight's frame: the way into the match, the way out, and on to the results and back.

use bevy::prelude::*;
use shared::participant::Status;

use super::Screen;
use crate::platform;
use crate::play::flight::Flight;
use crate::stage::Stage;
use crate::ui::button::{Press, Weight, button};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_observer(leave)
        .add_systems(OnEnter(Screen::Flight), spawn_waiting)
        .add_systems(
            Update,
            (show_waiting, follow_round, follow_link).run_if(resource_exists::<Flight>),
        );
}

/// The player wants out.
#[derive(Event)]
pub(crate) struct Leave;

#[derive(Component)]
struct Waiting;

#[derive(Component)]
struct WaitingText;

fn spawn_waiting(mut commands: Commands) {
    commands
        .spawn((
            DespawnOnExit(Screen::Flight),
            Waiting,
            GlobalZIndex(3),
            theme::overlay(),
        ))
        .with_children(|ground| {
            ground.spawn(theme::panel(px(300))).with_children(|panel| {
                panel.spawn((WaitingText, theme::paragraph("", theme::BODY, theme::TEXT)));
                panel
                    .spawn(button("cancel", "CANCEL", Weight::Plain))
                    .observe(|_: On<Press>, mut commands: Commands| commands.trigger(Leave));
            });
        });
}

fn show_waiting(
    flight: Res<Flight>,
    mut grounds: Query<&mut Visibility, With<Waiting>>,
    mut texts: Query<&mut Text, With<WaitingText>>,
) {
    let step = match flight.status() {
        Status::Connecting => "Connecting to the match ...",
        Status::Joining => "Waiting for the arena ...",
        // Play goes on by prediction; the connection's line tells.
        Status::Playing | Status::Electing | Status::Reconnecting | Status::Over { .. } => "",
    };
    for mut visibility in &mut grounds {
        visibility.set_if_neq(match step {
            "" => Visibility::Hidden,
            _ => Visibility::Inherited,
        });
    }
    for mut text in &mut texts {
        if text.0 != step {
            text.0 = step.into();
        }
    }
}

/// The results stand for a while after each round.
fn follow_round(
    stage: Res<Stage>,
    flight: Res<Flight>,
    screen: Res<State<Screen>>,
    mut next: ResMut<NextState<Screen>>,
) {
    let results = stage.shows_results() && flight.status() == Status::Playing;
    let wanted = if results {
        Screen::Results
    } else {
        Screen::Flight
    };
    if *screen != Screen::Title && *screen != wanted {
        next.set(wanted);
    }
}

/// A link to another match that was followed in this page: one leaves for it.
fn follow_link(flight: Res<Flight>, mut commands: Commands) {
    if let Some(code) = platform::invitation()
        && code != flight.ticket().code
    {
        commands.trigger(Leave);
        commands.trigger(crate::online::errand::Wish::Join(code));
    }
}

fn leave(_: On<Leave>, mut next: ResMut<NextState<Screen>>, mut commands: Commands) {
    next.set(Screen::Title);
    platform::show_code(None);
    commands.queue(|world: &mut World| {
        if let Some(flight) = world.remove_resource::<Flight>() {
            flight.leave();
        }
    });
}
