//! What is to be taken, by whom, and what waits for it.

use jiff::SignedDuration;

use super::*;

const NOW: SignedDuration = SignedDuration::ZERO;

/// What is owed, as `incident occasion nth`.
fn owed(stage: &Stage, patience: SignedDuration) -> Vec<String> {
    let owed = stage.incidents.owed(stage.now(), patience);
    let said = |one: &Capture| format!("{} {} {}", one.incident, one.when.as_str(), one.nth);
    owed.iter().map(said).collect()
}

fn take(stage: &mut Stage, capture: &Capture, kind: PieceKind) {
    let piece = Piece {
        occasion: Some(capture.when),
        ..Piece::of(kind.title(), MediaType::Text, b"seen")
    };
    let command = Command {
        id: capture.kept_id(kind),
        by: ITSELF.to_owned(),
        from: Known::Rule,
        order: Wish::Of(capture.incident.clone(), Deed::Attach(piece)),
    };
    stage.step(Input::Command(command)).expect("it is kept");
}

#[test]
fn what_is_missing_is_known_after_a_restart_and_taken_once() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FF");
    assert_eq!(owed(&stage, NOW), [""; 0]);
    stage.look(Series::Db, 'F');
    assert_eq!(owed(&stage, NOW), ["DB-17 opening 1"]);
    let patience = SignedDuration::from_secs(45);
    assert_eq!(owed(&stage, patience), [""; 0], "another replica may");
    stage.pass(45);
    assert_eq!(owed(&stage, patience), ["DB-17 opening 1"]);
    let capture = stage.incidents.owed(stage.now(), NOW).remove(0);
    for kind in &PieceKind::ALL[1..] {
        take(&mut stage, &capture, *kind);
    }
    stage.restart();
    assert_eq!(stage.incidents.lacking(&capture), [PieceKind::Problem]);
    take(&mut stage, &capture, PieceKind::Problem);
    assert_eq!(owed(&stage, NOW), [""; 0]);
    // Twice is once.
    take(&mut stage, &capture, PieceKind::Problem);
    let all = PieceKind::ALL.len();
    assert_eq!(stage.incidents.evidence(&name("DB-17")).len(), all);
    assert_eq!(usize::try_from(stage.of("DB-17").evidence), Ok(all));
}

#[test]
fn what_could_not_be_taken_is_not_tried_again() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let capture = stage.incidents.owed(stage.now(), NOW).remove(0);
    for kind in PieceKind::ALL {
        let failed = Deed::CaptureFailed {
            name: kind.title().to_owned(),
            reason: "the database is dead".to_owned(),
            occasion: None,
        };
        let command = Command {
            id: capture.failed_id(kind),
            by: ITSELF.to_owned(),
            from: Known::Rule,
            order: Wish::Of(capture.incident.clone(), failed),
        };
        stage.step(Input::Command(command)).expect("it is said");
    }
    assert_eq!(owed(&stage, NOW), [""; 0]);
    assert_eq!(stage.incidents.evidence(&name("DB-17")).len(), 0);
    stage.looks(Series::Db, "G");
    assert_eq!(owed(&stage, NOW), [""; 0], "one good look is none");
    stage.looks(Series::Db, "G");
    assert_eq!(owed(&stage, NOW), ["DB-17 recovery 1"]);
    stage.minutes(Series::Db, 'G', 40);
    assert_eq!(stage.of("DB-17").state, State::Resolved);
    assert_eq!(owed(&stage, NOW), ["DB-17 recovery 1"], "it is made up for");
    stage.pass(2 * 60 * MINUTE);
    assert_eq!(
        owed(&stage, NOW),
        [""; 0],
        "there is nothing to see any more"
    );
}

#[test]
fn what_comes_and_goes_is_not_taken_for_ever() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    for _ in 0..20 {
        stage.looks(Series::Db, "GGFFF");
    }
    assert_eq!(owed(&stage, NOW), ["DB-17 opening 1"]);
}

#[test]
fn so_much_is_attached_and_no_more() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let may = |stage: &Stage, of: &str| {
        let piece = Piece::of("a picture", MediaType::Png, b"");
        let may = stage.incidents.may_attach(&name(of), &piece);
        may.map(|_| ()).map_err(|fault| fault.code)
    };
    assert_eq!(may(&stage, "DB-18"), Err(Code::ValInput));
    for nth in 0..20 {
        assert_eq!(may(&stage, "DB-17"), Ok(()));
        let file = Piece::of(&format!("picture {nth}"), MediaType::Png, b"");
        stage.deed("DB-17", Deed::Attach(file)).expect("it fits");
    }
    assert_eq!(may(&stage, "DB-17"), Err(Code::ValData));
}

#[test]
fn a_file_is_what_it_holds_and_not_what_it_is_called() {
    for (content, expected) in [
        (&b"\x89PNG\r\n\x1a\n..."[..], Some(MediaType::Png)),
        (b"\xff\xd8\xff\xe0", Some(MediaType::Jpeg)),
        (b"RIFF\0\0\0\0WEBPVP8 ", Some(MediaType::Webp)),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"%PDF-1.7", Some(MediaType::Pdf)),
        (b" {\"a\": [1]}\n", Some(MediaType::Json)),
        (b"{\"a\": 1", Some(MediaType::Text)),
        (b"17", Some(MediaType::Text)),
        (b"a line\r\n\x1b[31mred\x1b[0m\n", Some(MediaType::Text)),
        (b"<svg onload=alert(1)>", Some(MediaType::Text)),
        (b"GIF89a\x01\x00", None),
        (b"PK\x03\x04", None),
        (b"\x7fELF", None),
        (b"\xff\xfe<\0", None),
        (b" \n", None),
        (b"", None),
    ] {
        assert_eq!(MediaType::of(content), expected, "{content:?}");
    }
}

#[test]
fn a_text_is_cut_between_two_characters() {
    assert_eq!(cut("abc", 3), ("abc", false));
    assert_eq!(cut("abcd", 3), ("abc", true));
    assert_eq!(cut("aé", 2), ("a", true));
    assert_eq!(cut("é", 0), ("", true));
}

#[test]
fn before_a_remedy_that_could_not_be_begun_it_is_taken_anew_after_a_minute() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "TTT");
    let wanted = |stage: &Stage| {
        let wanted = stage.incidents.before_remedy("pg.cancel", stage.now());
        wanted.iter().map(|one| one.nth).collect::<Vec<_>>()
    };
    let take_all = |stage: &mut Stage| {
        let wanted = stage.incidents.before_remedy("pg.cancel", stage.now());
        for kind in PieceKind::ALL {
            take(stage, &wanted[0], kind);
        }
    };
    let remedy = |stage: &mut Stage| {
        let action = "pg.cancel 7".to_owned();
        let remedy = Deed::Remedy {
            action,
            audit_id: None,
            at: None,
        };
        stage.deed("DB-17", remedy).expect("it is begun");
    };
    for nth in [1, 2] {
        assert_eq!(wanted(&stage), [nth]);
        take_all(&mut stage);
        assert_eq!(wanted(&stage), [0; 0], "it was taken just now");
        stage.pass(59);
        assert_eq!(wanted(&stage), [0; 0]);
        stage.pass(1);
    }
    take_all(&mut stage);
    stage.pass(1);
    remedy(&mut stage);
    // What was taken before one that was begun does not show what it has left.
    assert_eq!(wanted(&stage), [4]);
    stage.restart();
    assert_eq!(wanted(&stage), [4]);
    stage.pass(1);
    take_all(&mut stage);
    assert_eq!(wanted(&stage), [0; 0]);
    // From a terminal, it is begun without.
    stage.pass(1);
    for _ in 0..9 {
        remedy(&mut stage);
    }
    assert_eq!(wanted(&stage), [11]);
}

#[test]
fn a_remedy_waits_for_evidence_and_takes_more_before_it_begins() {
    for evidence in [
        Deed::Attach(Piece::of("worker.log", MediaType::Text, b"seen")),
        Deed::CaptureFailed {
            name: "lock tree".to_owned(),
            reason: "the database is dead".to_owned(),
            occasion: None,
        },
    ] {
        let mut stage = Stage::default();
        stage.looks(Series::Db, "TTT");
        let may = |stage: &Stage| {
            let may = stage.incidents.may_mend("pg.cancel", stage.now());
            may.map_err(|fault| fault.code)
        };
        assert_eq!(may(&stage), Err(Code::ValData));
        assert_eq!(
            stage.incidents.may_mend("schema.reload", stage.now()),
            Ok(())
        );
        stage.deed("DB-17", evidence).expect("evidence");
        assert_eq!(may(&stage), Ok(()));
        let before = |nth| Capture {
            incident: name("DB-17"),
            when: CaptureWhen::BeforeRemedy,
            nth,
        };
        let wanted = |stage: &Stage| stage.incidents.before_remedy("pg.cancel", stage.now());
        assert_eq!(wanted(&stage), [before(1)]);
        assert_eq!(
            stage.incidents.before_remedy("schema.reload", stage.now()),
            []
        );
        let remedy = Deed::Remedy {
            action: "restart worker".to_owned(),
            audit_id: Some(7),
            at: None,
        };
        stage.deed("DB-17", remedy).expect("it begins");
        let said = stage.entries().pop().expect("an entry").text;
        assert!(
            said.ends_with("restart worker, on record as ops.audit_log 7"),
            "{said}"
        );
        assert_eq!(wanted(&stage), [before(2)]);
    }
}

#[test]
fn what_is_found_on_record_stands_where_it_was_done_though_it_is_over_by_then() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "TTT");
    let before = stage.of("DB-17").detected_at - SignedDuration::from_secs(1);
    stage.pass(60);
    let done = stage.now();
    stage.pass(60);
    let resolve = Deed::Resolve {
        all_clear: boxes(Verdict::Critical),
        against: Some("seen by hand".to_owned()),
    };
    stage.deed("DB-17", resolve).expect("it is over");
    let over = stage.now();
    stage.pass(60);
    let later = over + SignedDuration::from_secs(1);
    for (at, mended) in [(before, 0), (done, 1), (over, 1), (later, 0)] {
        let found = stage.incidents.mended_at("pg.cancel", at);
        assert_eq!(found.len(), mended, "{at}");
    }
    let remedy = |at| Deed::Remedy {
        action: "pg.cancel 7".to_owned(),
        audit_id: Some(7),
        at,
    };
    for at in [None, Some(before), Some(later)] {
        let fault = stage
            .deed("DB-17", remedy(at))
            .expect_err("it did not go on");
        assert_eq!(fault.code, Code::ValData);
    }
    stage
        .deed("DB-17", remedy(Some(done)))
        .expect("it is entered");
    for _ in 0..2 {
        let incident = stage.of("DB-17");
        assert_eq!(
            (incident.state, incident.remedied_at),
            (State::Resolved, Some(done))
        );
        let timeline = stage.incidents.book().timeline(&incident.name);
        let kinds = timeline.iter().map(|entry| entry.what.kind());
        let kinds: Vec<_> = kinds
            .filter(|kind| ["remedy", "resolved"].contains(kind))
            .collect();
        assert_eq!(kinds, ["remedy", "resolved"]);
        stage.restart();
    }
}

#[test]
fn what_is_reported_keeps_nobody_from_mending_for_longer_than_the_first_evidence_takes() {
    let mut stage = Stage::default();
    let may = |stage: &Stage| stage.incidents.may_mend("pg.cancel", stage.now()).is_ok();
    let slow = |key: &str| Alert {
        code: Some(Code::DbTimeout),
        severity: Some(Severity::P1),
        ..alert(key)
    };
    stage.alert(slow("the first"));
    assert!(!may(&stage));
    stage.pass(59);
    assert!(!may(&stage));
    stage.alert(slow("another one"));
    stage.pass(1);
    assert!(may(&stage), "the first one has been there for a minute");
    for nth in 0..30 {
        stage.alert(slow(&nth.to_string()));
        stage.pass(31);
    }
    // None of them has evidence, and what the watch sees is not crowded out.
    stage.looks(Series::Db, "TTT");
    let wanted = stage.incidents.before_remedy("pg.cancel", stage.now());
    assert_eq!(wanted[0].incident, name("DB-17"));
    assert_eq!(wanted.len(), 20);
}
