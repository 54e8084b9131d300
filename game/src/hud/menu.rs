//! The menu: the invitation, the keys, and the button to leave.

use bevy::prelude::*;
use protocol::Role;

use super::overlay::{self, Overlay, overlay_changed};
use crate::intents::LeaveMatch;
use crate::play::ActiveMatch;
use crate::startup::StartupOptions;
use crate::state::Screen;
use crate::ui::button::{Press, Weight, button};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, follow.run_if(overlay_changed));
}

#[derive(Component)]
struct Menu;

fn follow(
    open: Res<Overlay>,
    menus: Query<Entity, With<Menu>>,
    active_match: Option<Res<ActiveMatch>>,
    startup: Res<StartupOptions>,
    mut commands: Commands,
) {
    for menu in &menus {
        commands.entity(menu).despawn();
    }
    let (Overlay::Menu, Some(active_match)) = (*open, active_match) else {
        return;
    };
    let consequence = match active_match.ticket().role {
        Role::Host => "You host this match: when you leave, another pilot does.",
        Role::Spectator => "You watch this match: nobody minds when you leave.",
        Role::Player => "When you leave, your last will is executed: all your salvage scatters.",
    };
    commands
        .spawn((Menu, overlay::container(Screen::Match)))
        .with_children(|container| {
            container
                .spawn(theme::panel(px(328)))
                .with_children(|panel| {
                    panel.spawn(theme::label("Others join at", theme::SMALL, theme::MUTED));
                    let link = active_match.invitation(&startup);
                    panel.spawn(theme::paragraph(link, theme::BODY, theme::ACCENT));
                    let code = format!("or by the code {}", active_match.ticket().code);
                    panel.spawn(theme::label(code, theme::SMALL, theme::MUTED));
                    panel.spawn(theme::paragraph(KEYS, theme::SMALL, theme::MUTED));
                    panel
                        .spawn(button("stay", "FLY ON", Weight::Primary))
                        .observe(|_: On<Press>, mut open: ResMut<Overlay>| {
                            *open = Overlay::Nothing;
                        });
                    panel
                        .spawn(button("leave", "LEAVE THE MATCH", Weight::Plain))
                        .observe(|_: On<Press>, mut commands: Commands| {
                            commands.trigger(LeaveMatch);
                        });
                    panel.spawn(theme::paragraph(consequence, theme::SMALL, theme::MUTED));
                });
        });
}

const KEYS: &str = "\
Arrows or WASD fly, space fires, shift boosts.
Right mouse button: fly by mouse.
Enter writes, 1 to 6 say, Tab shows scores.
F3 or a tap of three fingers: net graph.";
