//! The title: the callsign, the ways into a match, and the open matches or the keypad.

pub(crate) mod callsign;
mod keypad;
mod matches;
pub(crate) mod notice;

use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::Screen;
use crate::online::errand::Wish;
use crate::platform::{self, Errand, Startup};
use crate::play::flight::Landed;
use crate::typing::Typing;
use crate::ui::button::{Press, Weight, button, sized_button};
use crate::ui::line::{self, Edit};
use crate::ui::theme;
use callsign::Pilot;
use keypad::{CodeEntered, Entry};
use notice::Notice;

/// The width of a column, in logical pixels: one fits the narrowest phone, two fit it sideways.
const COLUMN: f32 = 300.0;

/// The height of both columns, so that none moves when the other changes, in logical pixels.
const COLUMN_HEIGHT: f32 = 335.0;

/// In a lower window, the columns do not fit below each other, in logical pixels.
const LOW: f32 = 700.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pilot>()
        .init_resource::<Entry>()
        .init_resource::<Side>()
        .add_plugins((notice::plugin, matches::plugin))
        .add_observer(join_entered)
        .add_observer(keypad::complain)
        .add_observer(close_keypad)
        .add_systems(OnEnter(Screen::Title), spawn)
        .add_systems(OnExit(Screen::Title), stop_typing)
        .add_systems(Startup, run_errand)
        .add_systems(
            Update,
            (
                type_text,
                show_callsign
                    .run_if(resource_changed::<Pilot>.or_eager(resource_changed::<Typing>)),
                fill_side.run_if(resource_changed::<Side>),
                keypad::show_entry,
                arrange,
            )
                .chain()
                .run_if(in_state(Screen::Title)),
        )
        .add_systems(Update, (follow_invitation, come_back));
}

/// What the right column shows.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq)]
enum Side {
    #[default]
    Matches,
    Keypad,
}

#[derive(Component)]
struct CallsignText;

#[derive(Component)]
struct SideColumn;

#[derive(Component)]
struct WaysColumn;

#[derive(Component)]
struct Ground;

fn run_errand(startup: Res<Startup>, mut commands: Commands) {
    match &startup.errand {
        Errand::Browse => {}
        Errand::Join(code) => commands.trigger(Wish::Join(*code)),
        Errand::Host => commands.trigger(Wish::Host),
        Errand::Replay(path) => platform::open_file(path),
    }
}

/// A link that was opened in the page while it shows no match that is played.
fn follow_invitation(screen: Res<State<Screen>>, mut commands: Commands) {
    if matches!(screen.get(), Screen::Title | Screen::Replay)
        && let Some(code) = platform::invitation()
    {
        commands.set_state_if_neq(Screen::Title);
        commands.trigger(Wish::Join(code));
    }
}

/// Shows the title with the reason for which a flight has ended.
fn come_back(
    mut landed: MessageReader<Landed>,
    mut notice: ResMut<Notice>,
    mut next: ResMut<NextState<Screen>>,
) {
    for Landed(reason) in landed.read() {
        notice.warn(reason.clone());
        platform::show_code(None);
        next.set(Screen::Title);
    }
}

fn spawn(
    pilot: Res<Pilot>,
    mut commands: Commands,
    mut side: ResMut<Side>,
    mut entry: ResMut<Entry>,
) {
    *side = Side::Matches;
    entry.text.clear();
    commands
        .spawn((
            DespawnOnExit(Screen::Title),
            Ground,
            Node {
                flex_wrap: FlexWrap::Wrap,
                // Whatever the columns hold, what is in them stays where it is.
                align_items: AlignItems::FlexStart,
                column_gap: px(theme::SPACE),
                row_gap: px(theme::SPACE),
                padding: UiRect::all(px(theme::GAP)),
                ..theme::overlay()
            },
        ))
        .with_children(|screen| {
            screen
                .spawn((WaysColumn, theme::panel(px(COLUMN))))
                .with_children(|column| spawn_ways(column, &pilot.text));
            screen
                .spawn((SideColumn, theme::panel(px(COLUMN))))
                .entry::<Node>()
                .and_modify(|mut column| column.min_height = px(COLUMN_HEIGHT));
            notice::spawn(screen);
        });
}

fn spawn_ways(column: &mut ChildSpawnerCommands, callsign: &str) {
    column.spawn(theme::label("LAST WILL", theme::TITLE, theme::ACCENT));
    column.spawn(theme::label(
        "Dogfights in an asteroid field",
        theme::SMALL,
        theme::MUTED,
    ));
    column.spawn(theme::row()).with_children(|row| {
        row.spawn(sized_button(
            "callsign",
            callsign,
            Weight::Plain,
            px(164),
            px(48),
        ))
        .insert(CallsignText)
        .observe(|_: On<Press>, mut typing: ResMut<Typing>| {
            *typing = match *typing {
                Typing::Callsign => Typing::No,
                _ => Typing::Callsign,
            };
        });
        row.spawn(sized_button(
            "reroll",
            "RE-ROLL",
            Weight::Plain,
            px(94),
            px(48),
        ))
        .observe(|_: On<Press>, mut pilot: ResMut<Pilot>| pilot.reroll());
    });
    column
        .spawn(button("quick-play", "QUICK PLAY", Weight::Primary))
        .observe(|_: On<Press>, mut commands: Commands| commands.trigger(Wish::QuickPlay));
    column
        .spawn(button("host", "HOST A MATCH", Weight::Plain))
        .observe(|_: On<Press>, mut commands: Commands| commands.trigger(Wish::Host));
    column.spawn(theme::row()).with_children(|row| {
        row.spawn(sized_button(
            "join",
            "JOIN BY CODE",
            Weight::Plain,
            px(164),
            px(48),
        ))
        .observe(
            |_: On<Press>, mut side: ResMut<Side>, mut typing: ResMut<Typing>| {
                (*side, *typing) = match *side {
                    Side::Matches => (Side::Keypad, Typing::Code),
                    Side::Keypad => (Side::Matches, Typing::No),
                };
            },
        );
        row.spawn(sized_button(
            "replay",
            "REPLAY",
            Weight::Plain,
            px(94),
            px(48),
        ))
        .observe(|_: On<Press>, mut notice: ResMut<Notice>| {
            if let Err(advice) = platform::choose_file() {
                notice.inform(advice);
            }
        });
    });
}

fn fill_side(side: Res<Side>, column: Single<Entity, With<SideColumn>>, mut commands: Commands) {
    commands
        .entity(*column)
        .despawn_related::<Children>()
        .with_children(|column| match *side {
            Side::Matches => matches::spawn(column),
            Side::Keypad => keypad::spawn(column),
        });
}

/// Fits the columns into the window: side by side, below each other, or, where even that is too
/// high, the keypad alone.
fn arrange(
    window: Single<&Window, With<PrimaryWindow>>,
    side: Res<Side>,
    mut ground: Single<&mut Node, (With<Ground>, Without<WaysColumn>)>,
    mut ways: Single<&mut Node, (With<WaysColumn>, Without<Ground>)>,
) {
    let narrow = window.width() < 2.0 * COLUMN + 3.0 * theme::GAP;
    let low = window.height() < LOW;
    let content = if narrow && low {
        AlignContent::FlexStart
    } else {
        AlignContent::Center
    };
    let alone = narrow && low && *side == Side::Keypad;
    let display = if alone { Display::None } else { Display::Flex };
    if ground.align_content != content {
        ground.align_content = content;
    }
    if ways.display != display {
        ways.display = display;
    }
}

fn stop_typing(mut typing: ResMut<Typing>) {
    *typing = Typing::No;
}

fn type_text(
    mut keys: MessageReader<KeyboardInput>,
    mut typing: ResMut<Typing>,
    mut pilot: ResMut<Pilot>,
    mut entry: ResMut<Entry>,
    mut side: ResMut<Side>,
    mut commands: Commands,
) {
    for key in keys.read() {
        match *typing {
            Typing::Callsign => {
                let mut text = pilot.text.clone();
                match line::edit(&mut text, key, callsign::LIMIT, callsign::allowed) {
                    Edit::Changed => pilot.text = text,
                    Edit::Entered | Edit::Cancelled => *typing = Typing::No,
                    Edit::Ignored => {}
                }
            }
            Typing::Code => {
                match line::edit(&mut entry.text, key, keypad::LENGTH, keypad::allowed) {
                    Edit::Changed => entry.text.make_ascii_uppercase(),
                    Edit::Entered => match entry.code() {
                        Some(code) => commands.trigger(CodeEntered(code)),
                        None => commands.trigger(keypad::Incomplete),
                    },
                    Edit::Cancelled => (*side, *typing) = (Side::Matches, Typing::No),
                    Edit::Ignored => {}
                }
            }
            Typing::No | Typing::Chat => {}
        }
    }
}

fn close_keypad(_: On<keypad::Closed>, mut side: ResMut<Side>, mut typing: ResMut<Typing>) {
    (*side, *typing) = (Side::Matches, Typing::No);
}

fn join_entered(entered: On<CodeEntered>, mut commands: Commands) {
    commands.trigger(Wish::Join(entered.0));
}

fn show_callsign(
    pilot: Res<Pilot>,
    typing: Res<Typing>,
    field: Single<&Children, With<CallsignText>>,
    mut texts: Query<&mut Text>,
) {
    let cursor = if *typing == Typing::Callsign { "_" } else { "" };
    for &child in *field {
        if let Ok(mut text) = texts.get_mut(child) {
            text.0 = format!("{}{cursor}", pilot.text);
        }
    }
}
