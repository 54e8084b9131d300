//! The results of a round; the next one begins on its own.

use arena::TICK_RATE;
use bevy::prelude::*;

use crate::hud;
use crate::intents::LeaveMatch;
use crate::stage::Stage;
use crate::stage::standings::{Standing, standings};
use crate::state::Screen;
use crate::ui::button::{Press, Weight, button};
use crate::ui::text::set_text;
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Screen::Results), spawn)
        .add_systems(Update, count_down.run_if(in_state(Screen::Results)));
}

#[derive(Component)]
struct CountDown;

fn spawn(stage: Res<Stage>, mut commands: Commands) {
    let verdict = verdict(&stage);
    commands
        .spawn((DespawnOnExit(Screen::Results), theme::overlay()))
        .with_children(|screen| {
            screen
                .spawn(theme::panel(Val::Auto))
                .with_children(|panel| {
                    let round = format!("ROUND {}", stage.arena.round().number);
                    panel.spawn(theme::label(round, theme::SMALL, theme::MUTED));
                    panel.spawn(theme::label(verdict, theme::LARGE, theme::ACCENT));
                    hud::spawn_table(panel);
                    panel.spawn((CountDown, theme::label("", theme::BODY, theme::TEXT)));
                    panel
                        .spawn(button("leave", "LEAVE THE MATCH", Weight::Plain))
                        .observe(|_: On<Press>, mut commands: Commands| {
                            commands.trigger(LeaveMatch);
                        });
                });
        });
}

/// The outcome of the round in words.
fn verdict(stage: &Stage) -> String {
    match standings(stage).as_slice() {
        [] => "Nobody flew".into(),
        [first, second, ..] if first.place == second.place => "A draw".into(),
        [Standing { slot, .. }, ..] if Some(*slot) == stage.own_slot => "You win".into(),
        [Standing { slot, .. }, ..] => format!("{} wins", stage.name(*slot)),
    }
}

fn count_down(stage: Res<Stage>, mut texts: Query<&mut Text, With<CountDown>>) {
    let seconds = u32::from(stage.arena.round().remaining).div_ceil(TICK_RATE);
    let new = format!("The next round begins in {seconds}");
    for mut text in &mut texts {
        set_text(&mut text, &new);
    }
}
