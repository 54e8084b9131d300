//! The bar at the bottom of a replay: its position in time, its speed, and the pilot it follows.

use core::time::Duration;

use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use crate::controls::touch::TouchControls;
use crate::hud;
use crate::play::{Motion, Playback};
use crate::state::{FrameSystems, Screen};
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::slider::{Slider, slider};
use crate::ui::text::set_text;
use crate::ui::theme;

/// The bar is no wider than this, in logical pixels.
const WIDTH: f32 = 760.0;

/// Help for the keys, and the smallest window, in logical pixels, that has room for it.
const KEYS: &str = "Space pause   <- -> 5 s   up down speed   A D pilot   Esc leave";
const KEYS_ROOM: Vec2 = Vec2::new(560.0, 480.0);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Screen::Replay), spawn).add_systems(
        Update,
        (
            slide.before(FrameSystems::Play),
            (show_toggle, show_texts).in_set(FrameSystems::Show),
        )
            .run_if(in_state(Screen::Replay).and_then(resource_exists::<Playback>)),
    );
}

/// A text that follows the playback.
#[derive(Component, Clone, Copy)]
enum BarText {
    Position,
    Length,
    Speed,
    /// The end, a gap, or the help for the keys.
    Remark,
}

/// The button that pauses, resumes, or begins again.
#[derive(Component)]
struct Toggle;

fn spawn(mut commands: Commands) {
    commands
        .spawn((
            DespawnOnExit(Screen::Replay),
            GlobalZIndex(2),
            Node {
                flex_direction: FlexDirection::Column,
                justify_content: JustifyContent::FlexEnd,
                row_gap: px(4),
                padding: UiRect::all(px(theme::GAP)),
                ..theme::overlay()
            },
        ))
        .with_children(|ground| {
            // Above the bar, so that the bar stays in place when the remark changes.
            ground.spawn((
                BarText::Remark,
                theme::label("", theme::SMALL, theme::MUTED),
            ));
            ground
                .spawn(theme::panel(percent(100)))
                .insert(Node {
                    width: percent(100),
                    max_width: px(WIDTH),
                    padding: UiRect::all(px(theme::GAP)),
                    border: UiRect::all(px(1)),
                    border_radius: BorderRadius::all(px(theme::RADIUS)),
                    align_items: AlignItems::Center,
                    row_gap: px(4),
                    ..theme::column()
                })
                .with_children(|bar| {
                    spawn_time(bar);
                    spawn_controls(bar);
                });
        });
}

fn spawn_time(bar: &mut ChildSpawnerCommands) {
    let row = Node {
        width: percent(100),
        ..theme::row()
    };
    bar.spawn(row).with_children(|row| {
        spawn_text(row, BarText::Position);
        row.spawn(slider("time"));
        spawn_text(row, BarText::Length);
    });
}

fn spawn_controls(bar: &mut ChildSpawnerCommands) {
    let controls = Node {
        flex_wrap: FlexWrap::Wrap,
        justify_content: JustifyContent::Center,
        column_gap: px(theme::SPACE),
        row_gap: px(theme::GAP),
        ..default()
    };
    bar.spawn(controls).with_children(|controls| {
        controls.spawn(theme::row()).with_children(|row| {
            row.spawn(sized_button("pause", "", Weight::Primary, px(84), px(48)))
                .insert(Toggle)
                .observe(|_: On<Press>, mut playback: ResMut<Playback>| playback.toggle());
            row.spawn(sized_button("slower", "-", Weight::Plain, px(48), px(48)))
                .observe(|_: On<Press>, mut playback: ResMut<Playback>| playback.slow_down());
            spawn_text(row, BarText::Speed);
            row.spawn(sized_button("faster", "+", Weight::Plain, px(48), px(48)))
                .observe(|_: On<Press>, mut playback: ResMut<Playback>| playback.speed_up());
        });
        hud::spawn_watched(controls);
    });
}

/// In a box of fixed width, so that nothing moves when the text changes.
fn spawn_text(row: &mut ChildSpawnerCommands, text: BarText) {
    row.spawn((
        Node {
            width: px(48),
            justify_content: JustifyContent::Center,
            ..default()
        },
        children![(text, theme::label("", theme::BODY, theme::TEXT))],
    ));
}

/// Moves the playback to where the slider was moved, or else the slider to the playback.
fn slide(mut slider: Single<&mut Slider>, mut playback: ResMut<Playback>) {
    playback.hold(slider.is_held());
    let length = playback.replay().length();
    if let Some(part) = slider.take_move() {
        playback.seek(moment(part, length));
    } else if !slider.is_held() {
        slider.set(part(playback.replay().position(), length));
    }
}

/// The time at a part of the whole.
fn moment(part: f32, length: Duration) -> Duration {
    length.mul_f64(f64::from(part.clamp(0.0, 1.0)))
}

/// The part of the whole at a time.
fn part(position: Duration, length: Duration) -> f32 {
    if length.is_zero() {
        return 1.0;
    }
    position.div_duration_f32(length)
}

fn show_toggle(
    playback: Res<Playback>,
    button: Single<&Children, With<Toggle>>,
    mut texts: Query<&mut Text>,
) {
    let new = match playback.motion() {
        Motion::Running => "PAUSE",
        Motion::Paused => "PLAY",
        Motion::Over => "AGAIN",
    };
    for &child in *button {
        if let Ok(mut text) = texts.get_mut(child) {
            set_text(&mut text, new);
        }
    }
}

fn show_texts(
    playback: Res<Playback>,
    controls: Res<TouchControls>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut texts: Query<(&BarText, &mut Text, &mut TextColor)>,
) {
    let replay = playback.replay();
    let keys_shown = !controls.in_use && window.size().cmpge(KEYS_ROOM).all();
    for (kind, mut text, mut colour) in &mut texts {
        let (new, tint) = match kind {
            BarText::Position => (clock_face(replay.position()), theme::TEXT),
            BarText::Length => (clock_face(replay.length()), theme::MUTED),
            BarText::Speed => (replay.speed().label().into(), theme::TEXT),
            BarText::Remark => remark(&playback, keys_shown),
        };
        set_text(&mut text, &new);
        colour.set_if_neq(TextColor(tint));
    }
}

fn remark(playback: &Playback, keys_shown: bool) -> (String, Color) {
    let (text, colour) = match playback.motion() {
        Motion::Over if playback.is_cut_off() => {
            ("The rest of this recording is lost.", theme::WARNING)
        }
        Motion::Over => ("The recording ends here.", theme::TEXT),
        _ if playback.replay().is_guess() => (
            "Messages are missing here: this is a guess.",
            theme::WARNING,
        ),
        _ if keys_shown => (KEYS, theme::MUTED),
        _ => ("", theme::MUTED),
    };
    (text.into(), colour)
}

/// Minutes and seconds.
fn clock_face(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_times_convert_into_each_other() {
        let length = Duration::from_secs(754);
        assert_eq!(moment(0.0, length), Duration::ZERO);
        assert_eq!(moment(1.0, length), length);
        for seconds in [0, 1, 5, 377, 753, 754] {
            let position = Duration::from_secs(seconds);
            let there_and_back = moment(part(position, length), length);
            // A tick of an hour's recording is a 216,000th of the bar: finer than a float's part.
            assert!(there_and_back.abs_diff(position) < Duration::from_millis(16));
        }
    }

    #[test]
    fn an_empty_recording_is_over() {
        assert_eq!(part(Duration::ZERO, Duration::ZERO), 1.0);
        assert_eq!(moment(0.5, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        let read: Vec<_> = [0, 9, 65, 3_725]
            .map(|seconds| clock_face(Duration::from_secs(seconds)))
            .into();
        assert_eq!(read, ["0:00", "0:09", "1:05", "62:05"]);
    }
}
