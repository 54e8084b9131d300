//! Two apps of `bevy_dots` without windows, over a relay in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Instant;

use bevy::window::WindowCloseRequested;
use relay::serve::{Listeners, Options, Server};

use super::*;

/// The game in a window that no backend shows.
fn app(participant: Participant<Dots, Online>) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, WindowPlugin::default()))
        .init_resource::<ButtonInput<KeyCode>>()
        .insert_resource(Match(participant))
        .add_plugins(dots);
    app
}

fn press(app: &mut App, key: KeyCode) {
    app.world_mut()
        .resource_mut::<ButtonInput<KeyCode>>()
        .press(key);
}

fn close_window(app: &mut App) {
    let mut windows = app.world_mut().query_filtered::<Entity, With<Window>>();
    let window = windows.single(app.world()).unwrap();
    app.world_mut()
        .write_message(WindowCloseRequested { window });
}

/// The position of each dot that the app draws, by seat.
fn drawn(app: &mut App) -> Vec<Vec3> {
    let mut seats = app.world_mut().query::<(&Seat, &Transform, &Visibility)>();
    let seats = seats.iter(app.world());
    let shown = seats.filter(|(.., visibility)| **visibility == Visibility::Visible);
    let mut dots: Vec<_> = shown
        .map(|(seat, at, _)| (seat.0, at.translation))
        .collect();
    dots.sort_by_key(|&(slot, _)| slot);
    dots.into_iter().map(|(_, at)| at).collect()
}

/// Updates the apps until `done`.
fn run(apps: &mut [App], mut done: impl FnMut(&mut [App]) -> bool) {
    let since = Instant::now();
    while !done(apps) {
        assert!(since.elapsed() < Duration::from_secs(60));
        apps.iter_mut().for_each(App::update);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn players_see_each_other_move_and_continue_without_the_first_host() {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listeners = Listeners::bind(any, any).await.unwrap();
        let options = Options::new(data.path(), data.path().join("web"));
        Server::start(listeners, options).await.unwrap()
    });
    let host = enter(&server.url(), None).unwrap();
    let code = host.ticket().code;
    let mut apps = [app(host), app(enter(&server.url(), Some(code)).unwrap())];
    run(&mut apps, |apps| {
        apps.iter_mut().all(|app| drawn(app).len() == 2)
    });

    let start = drawn(&mut apps[0]);
    press(&mut apps[0], KeyCode::ArrowUp);
    press(&mut apps[1], KeyCode::ArrowDown);
    run(&mut apps, |apps| {
        apps.iter_mut()
            .map(drawn)
            .all(|dots| dots[0].y > start[0].y && dots[1].y < start[1].y)
    });

    let [host, guest] = &mut apps;
    close_window(host);
    run(core::slice::from_mut(host), |apps| {
        apps[0].should_exit().is_some()
    });
    let status = host.world().resource::<Match>().0.status();
    assert!(matches!(status, Status::Over { .. }), "{status:?}");
    run(core::slice::from_mut(guest), |apps| {
        apps[0].world().resource::<Match>().0.peer().is_host()
    });
    runtime.block_on(server.shut_down());
}
