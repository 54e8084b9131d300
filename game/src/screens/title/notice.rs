//! One line at the foot of the title: what is going on, or what went wrong and what to do.

use bevy::prelude::*;

use crate::screens::Screen;
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Notice>().add_systems(
        Update,
        (expire, show).chain().run_if(in_state(Screen::Title)),
    );
}

/// How long a notice stays, in seconds: long enough to read it twice.
const SECONDS: f32 = 15.0;

/// What the player is told.
#[derive(Resource, Default, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notice {
    pub(crate) text: String,
    warning: bool,
}

impl Notice {
    /// Says what is going on.
    pub(crate) fn inform(&mut self, text: impl Into<String>) {
        *self = Self {
            text: text.into(),
            warning: false,
        };
    }

    /// Says what went wrong and what to do.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        *self = Self {
            text: text.into(),
            warning: true,
        };
    }

    /// Says nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[derive(Component)]
struct NoticeBox;

pub(super) fn spawn(screen: &mut ChildSpawnerCommands) {
    screen
        .spawn((NoticeBox, theme::panel(Val::Auto), Visibility::Hidden))
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

fn expire(time: Res<Time>, mut notice: ResMut<Notice>, mut age: Local<f32>) {
    if notice.is_changed() {
        *age = 0.0;
    } else if !notice.text.is_empty() {
        *age += time.delta_secs();
        if *age > SECONDS {
            notice.clear();
        }
    }
}

fn show(
    notice: Res<Notice>,
    mut boxes: Query<(&Children, &mut Visibility, &mut BorderColor), With<NoticeBox>>,
    mut texts: Query<(&mut Text, &mut TextColor)>,
) {
    for (children, mut visibility, mut border) in &mut boxes {
        visibility.set_if_neq(match notice.text.is_empty() {
            true => Visibility::Hidden,
            false => Visibility::Inherited,
        });
        for &child in children {
            let Ok((mut text, mut colour)) = texts.get_mut(child) else {
                continue;
            };
            if text.0 != notice.text {
                text.0.clone_from(&notice.text);
                colour.0 = if notice.warning {
                    theme::WARNING
                } else {
                    theme::TEXT
                };
                *border = BorderColor::all(if notice.warning {
                    theme::WARNING
                } else {
                    theme::LINE
                });
            }
        }
    }
}
