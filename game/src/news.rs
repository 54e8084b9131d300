//! The banner at the top: what the relay announces to everybody, or tells this player alone.
//!
//! In a match it goes after a while; on the title it stays, because whoever comes later should
//! read it too. What has been shown is not shown again when the broker repeats it.

use bevy::prelude::*;
use shared::wire::Announcement;

use crate::screens::Screen;
use crate::stage::FrameSystems;
use crate::ui::theme;

/// How long it stays in a match, in seconds: long enough to read it twice.
const SECONDS: f32 = 12.0;

/// In percent of the window's height: between the instruments and the own ship.
const TOP_IN_MATCH: f32 = 26.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Banner>()
        .add_message::<Announced>()
        .add_systems(Startup, spawn)
        .add_systems(Update, (take, show).chain().in_set(FrameSystems::Show));
}

/// The relay said something.
#[derive(Message, Clone, Debug)]
pub(crate) struct Announced(pub(crate) Announcement);

/// What the banner says.
#[derive(Resource, Default)]
pub(crate) struct Banner {
    latest: Option<Announcement>,
    /// Since it came, in seconds.
    age: f32,
}

impl Banner {
    /// What it shows on this screen, if anything.
    pub(crate) fn shown(&self, screen: Screen) -> Option<&Announcement> {
        let fresh = self.age < SECONDS;
        self.latest
            .as_ref()
            .filter(|_| fresh || screen == Screen::Title)
    }
}

#[derive(Component)]
struct Frame;

#[derive(Component)]
struct Headline;

#[derive(Component)]
struct Words;

fn spawn(mut commands: Commands) {
    commands
        .spawn((
            Frame,
            Visibility::Hidden,
            GlobalZIndex(3),
            Node {
                position_type: PositionType::Absolute,
                width: percent(100),
                justify_content: JustifyContent::Center,
                ..default()
            },
        ))
        .with_children(|frame| {
            frame
                .spawn(theme::panel(Val::Auto))
                .insert(Node {
                    max_width: percent(90),
                    padding: UiRect::axes(px(theme::SPACE), px(theme::GAP)),
                    border: UiRect::all(px(1)),
                    border_radius: BorderRadius::all(px(theme::RADIUS)),
                    ..theme::column()
                })
                .insert(BackgroundColor(theme::FIELD.with_alpha(0.97)))
                .with_children(|panel| {
                    panel.spawn((Headline, theme::label("", theme::SMALL, theme::ACCENT)));
                    panel.spawn((Words, theme::paragraph("", theme::BODY, theme::TEXT)));
                });
        });
}

fn take(
    time: Res<Time<Real>>,
    mut announced: MessageReader<Announced>,
    mut banner: ResMut<Banner>,
) {
    banner.bypass_change_detection().age += time.delta_secs();
    for Announced(announcement) in announced.read() {
        if banner.latest.as_ref() != Some(announcement) {
            *banner = Banner {
                latest: Some(announcement.clone()),
                age: 0.0,
            };
        }
    }
}

fn show(
    screen: Res<State<Screen>>,
    banner: Res<Banner>,
    mut frames: Query<(&mut Node, &mut Visibility), With<Frame>>,
    mut headlines: Query<&mut Text, (With<Headline>, Without<Words>)>,
    mut words: Query<&mut Text, (With<Words>, Without<Headline>)>,
) {
    let on_title = *screen.get() == Screen::Title;
    let latest = banner.shown(*screen.get());
    for (mut node, mut visibility) in &mut frames {
        visibility.set_if_neq(match latest {
            Some(_) => Visibility::Inherited,
            None => Visibility::Hidden,
        });
        let top = match on_title {
            true => px(theme::GAP),
            false => percent(TOP_IN_MATCH),
        };
        if node.top != top {
            node.top = top;
        }
    }
    let Some(latest) = latest.filter(|_| banner.is_changed()) else {
        return;
    };
    for mut text in &mut headlines {
        text.0 = latest.headline.as_str().to_uppercase();
    }
    for mut text in &mut words {
        text.0 = latest.text.as_str().into();
    }
}
