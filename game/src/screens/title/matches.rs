//! The list of open matches, each a button that joins or watches it.

use bevy::prelude::*;
use protocol::OpenMatch;

use crate::intents::MatchIntent;
use crate::online::OpenMatchList;
use crate::state::Screen;
use crate::ui::button::{Press, Weight, button, sized_button};
use crate::ui::theme;

/// More do not fit a small window; they can still be joined by code.
const MOST_ROWS: usize = 4;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<RoleChoice>().add_systems(
        Update,
        fill.run_if(in_state(Screen::Title)).run_if(
            resource_changed::<OpenMatchList>
                .or_eager(resource_changed::<RoleChoice>)
                .or_eager(any_match_added),
        ),
    );
}

/// The role that pressing a match asks for.
#[derive(Resource, Clone, Copy, Default, PartialEq, Eq)]
enum RoleChoice {
    #[default]
    Player,
    Spectator,
}

impl RoleChoice {
    const fn other(self) -> Self {
        match self {
            Self::Player => Self::Spectator,
            Self::Spectator => Self::Player,
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Player => "FLY IN ...",
            Self::Spectator => "WATCH ...",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Player => "FLY",
            Self::Spectator => "WATCH",
        }
    }
}

#[derive(Component)]
struct MatchList;

fn any_match_added(lists: Query<(), Added<MatchList>>) -> bool {
    !lists.is_empty()
}

pub(super) fn spawn(column: &mut ChildSpawnerCommands) {
    column.spawn(theme::label("OPEN MATCHES", theme::SMALL, theme::MUTED));
    column.spawn((MatchList, theme::column()));
}

fn fill(
    open: Res<OpenMatchList>,
    choice: Res<RoleChoice>,
    lists: Query<Entity, With<MatchList>>,
    mut commands: Commands,
) {
    let choice = *choice;
    for list in &lists {
        commands
            .entity(list)
            .despawn_related::<Children>()
            .with_children(|rows| match (&open.list, &open.trouble) {
                (_, Some(trouble)) => explain(rows, trouble, theme::WARNING),
                (None, None) => explain(rows, "Listening to the lobby ...", theme::MUTED),
                (Some(list), None) if list.is_empty() => {
                    explain(
                        rows,
                        "Nobody flies yet. Be the first: quick play or host a match.",
                        theme::MUTED,
                    );
                }
                (Some(list), None) => {
                    spawn_choice(rows, choice);
                    for open in list.iter().take(MOST_ROWS) {
                        spawn_row(rows, open, choice);
                    }
                    if list.len() > MOST_ROWS {
                        let more = format!("and {} more, by code", list.len() - MOST_ROWS);
                        explain(rows, &more, theme::MUTED);
                    }
                }
            });
    }
}

fn explain(rows: &mut ChildSpawnerCommands, text: &str, colour: Color) {
    rows.spawn(theme::paragraph(text, theme::SMALL, colour));
}

/// The role, and the button that changes it.
fn spawn_choice(rows: &mut ChildSpawnerCommands, choice: RoleChoice) {
    rows.spawn(Node {
        justify_content: JustifyContent::SpaceBetween,
        align_items: AlignItems::Center,
        ..default()
    })
    .with_children(|row| {
        row.spawn(theme::label(choice.heading(), theme::BODY, theme::TEXT));
        let other = choice.other();
        row.spawn(sized_button(
            "intent",
            other.name(),
            Weight::Plain,
            px(94),
            px(44),
        ))
        .observe(move |_: On<Press>, mut choice: ResMut<RoleChoice>| *choice = other);
    });
}

fn spawn_row(rows: &mut ChildSpawnerCommands, open: &OpenMatch, choice: RoleChoice) {
    let code = open.code;
    let intent = match choice {
        RoleChoice::Player => MatchIntent::Join(code),
        RoleChoice::Spectator => MatchIntent::Watch(code),
    };
    rows.spawn(button(
        format!("match-{code}"),
        row_text(open),
        Weight::Plain,
    ))
    .observe(move |_: On<Press>, mut commands: Commands| commands.trigger(intent));
}

/// Name, people and seats in 27 columns.
fn row_text(open: &OpenMatch) -> String {
    let people = format!("{}/{}", open.players, open.max_players);
    let name: String = open.name.chars().take(20).collect();
    format!("{name:<21}{people:>6}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Code, MatchId};

    #[test]
    fn a_row_is_as_wide_as_the_others() {
        for (name, players) in [("x", 1), ("a match with a very long name", 31)] {
            let open = OpenMatch {
                id: MatchId::from_entropy(1),
                code: Code::from_entropy(1),
                name: arrayvec::ArrayString::from(name).unwrap(),
                players,
                max_players: 32,
                rules: crate::relay_api::rules(),
            };
            assert_eq!(row_text(&open).len(), 27);
        }
    }
}
