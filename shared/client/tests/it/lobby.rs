//! Tests of the lobby's client against a scripted HTTP server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use client::lobby::{Client, LobbyError, Reply};
use protocol::{Claim, Epoch, JoinMatch, JoinRole, Ticket};

const TICKET: &str = r#"{
    "match": "abcdefghij", "code": "BCDFG", "player": "0123456789", "role": "player", "epoch": 2,
    "rules": {"game": "last-will", "version": 1}, "token": "tok",
    "mqtt": {"tcp": null, "ws": "ws://h/mqtt", "client_id": "c"},
    "topics": {"publish": ["p"], "subscribe": ["s"]}, "will": null, "expires_at": 9
}"#;

/// A server that answers one request, and returns it as text.
fn serve(status: &'static str, body: &'static str) -> (Client, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        request
    });
    (Client::new(&format!("http://{address}/")), server)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut request).unwrap(), 0);
    }
    let lower = request.to_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + core::str::from_utf8(&body).unwrap()
}

fn ticket() -> Ticket {
    serde_json::from_str(TICKET).unwrap()
}

#[test]
fn join_sends_the_request_and_returns_the_ticket() {
    let (client, server) = serve("200 OK", TICKET);
    let body = JoinMatch {
        callsign: "Ada".parse().unwrap(),
        role: JoinRole::Player,
        rules: ticket().rules,
    };
    let answer = client.join("bcdfg".parse().unwrap(), &body).wait();
    assert_eq!(answer, Ok(ticket()));
    let request = server.join().unwrap();
    assert!(
        request.starts_with("POST /api/matches/BCDFG/join HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with(
            r#"{"callsign":"Ada","role":"player","rules":{"game":"last-will","version":1}}"#
        ),
        "{request}"
    );
}

#[test]
fn end_sends_the_token_and_accepts_an_empty_response() {
    let (client, server) = serve("204 No Content", "");
    assert_eq!(client.end(&ticket()).wait(), Ok(()));
    let request = server.join().unwrap().to_lowercase();
    assert!(
        request.starts_with("delete /api/matches/abcdefghij http/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: bearer tok\r\n"),
        "{request}"
    );
}

#[test]
fn a_claim_contains_the_epoch_and_an_optional_successor() {
    let check = |successor: Option<&str>, body: &str| {
        let (client, server) = serve("200 OK", TICKET);
        let claim = Claim {
            epoch: Epoch(2),
            successor: successor.map(|player| player.parse().unwrap()),
        };
        assert_eq!(client.claim(&ticket(), &claim).wait(), Ok(ticket()));
        let request = server.join().unwrap();
        assert!(
            request.starts_with("POST /api/matches/abcdefghij/claim HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request
                .to_lowercase()
                .contains("authorization: bearer tok\r\n"),
            "{request}"
        );
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
    };
    check(None, r#"{"epoch":2}"#);
    check(
        Some("abcdefghij"),
        r#"{"epoch":2,"successor":"abcdefghij"}"#,
    );
}

#[test]
fn a_problem_document_becomes_the_error_message() {
    let (client, _server) = serve(
        "404 Not Found",
        r#"{"type":"no-match","title":"no such match","status":404,"detail":"check the code"}"#,
    );
    let error = client.renew(&ticket(), ticket().rules).wait().unwrap_err();
    assert_eq!(error.to_string(), "no such match: check the code");
    assert!(matches!(error, LobbyError::Refused(problem) if problem.status == 404));
}

#[test]
fn a_response_of_another_server_is_an_unexpected_error() {
    let check = |status, body, expected: u16| {
        let (client, _server) = serve(status, body);
        match client.matches().wait() {
            Err(LobbyError::Unexpected { status, .. }) => assert_eq!(status, expected),
            other => panic!("{other:?}"),
        }
    };
    check("200 OK", "<html>hello</html>", 200);
    check("502 Bad Gateway", "<html>sorry</html>", 502);
}

#[test]
fn a_relay_that_does_not_listen_is_unreachable() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    let reply: Reply<_> = Client::new(&url).visit();
    let error = reply.wait().unwrap_err();
    assert!(matches!(error, LobbyError::Unreachable { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with("cannot reach the relay at http://127.0.0.1")
    );
}
