//! The banner at the top: announcements of the relay, to everybody or to this player.
//!
//! In a match it disappears after a while; on the title it stays. An announcement that the broker
//! repeats is shown once.

use bevy::prelude::*;
use protocol::Announcement;

use crate::messages::AnnouncementReceived;
use crate::state::{FrameSystems, Screen};
use crate::ui::theme;

/// How long it stays in a match, in seconds: long enough to read it twice.
const SECONDS: f32 = 12.0;

/// In percent of the window's height: between the instruments and the own ship.
const TOP_IN_MATCH: f32 = 26.0;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Banner>()
        .add_systems(Startup, spawn)
        .add_systems(Update, (receive, show).chain().in_set(FrameSystems::Show));
}

/// The announcement that the banner shows.
#[derive(Resource, Default)]
pub(crate) struct Banner {
    latest: Option<Announcement>,
    /// Since it arrived, in seconds.
    age: f32,
}

impl Banner {
    /// The announcement that it shows on this screen, if any.
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
struct Body;

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
                    panel.spawn((Body, theme::paragraph("", theme::BODY, theme::TEXT)));
                });
        });
}

fn receive(
    time: Res<Time<Real>>,
    mut announcements: MessageReader<AnnouncementReceived>,
    mut banner: ResMut<Banner>,
) {
    banner.bypass_change_detection().age += time.delta_secs();
    for AnnouncementReceived(announcement) in announcements.read() {
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
    mut headlines: Query<&mut Text, (With<Headline>, Without<Body>)>,
    mut bodies: Query<&mut Text, (With<Body>, Without<Headline>)>,
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
    for mut text in &mut bodies {
        text.0 = latest.text.as_str().into();
    }
}
