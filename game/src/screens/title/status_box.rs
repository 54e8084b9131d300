//! The status message, in a box at the bottom of the title.

use bevy::prelude::*;

use crate::state::{Screen, StatusMessage};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (expire, show).chain().run_if(in_state(Screen::Title)),
    );
}

/// How long a message stays, in seconds: long enough to read it twice.
const SECONDS: f32 = 15.0;

#[derive(Component)]
struct StatusBox;

pub(super) fn spawn(screen: &mut ChildSpawnerCommands) {
    screen
        .spawn((StatusBox, theme::panel(Val::Auto), Visibility::Hidden))
        .insert(Node {
            position_type: PositionType::Absolute,
            bottom: px(theme::GAP),
            max_width: percent(94),
            padding: UiRect::axes(px(theme::SPACE), px(10)),
            border: UiRect::all(px(1)),
            border_radius: BorderRadius::all(px(theme::RADIUS)),
            ..default()
        })
        .insert((
            GlobalZIndex(2),
            BackgroundColor(theme::FIELD.with_alpha(0.97)),
        ))
        .with_child(theme::paragraph("", theme::SMALL, theme::TEXT));
}

fn expire(time: Res<Time>, mut status: ResMut<StatusMessage>, mut age: Local<f32>) {
    if status.is_changed() {
        *age = 0.0;
    } else if !status.text().is_empty() {
        *age += time.delta_secs();
        if *age > SECONDS {
            status.clear();
        }
    }
}

fn show(
    status: Res<StatusMessage>,
    mut boxes: Query<(&Children, &mut Visibility, &mut BorderColor), With<StatusBox>>,
    mut texts: Query<(&mut Text, &mut TextColor)>,
) {
    for (children, mut visibility, mut border) in &mut boxes {
        visibility.set_if_neq(match status.text().is_empty() {
            true => Visibility::Hidden,
            false => Visibility::Inherited,
        });
        for &child in children {
            let Ok((mut text, mut colour)) = texts.get_mut(child) else {
                continue;
            };
            if text.0 != status.text() {
                text.0 = status.text().into();
                colour.0 = if status.is_warning() {
                    theme::WARNING
                } else {
                    theme::TEXT
                };
                *border = BorderColor::all(if status.is_warning() {
                    theme::WARNING
                } else {
                    theme::LINE
                });
            }
        }
    }
}
