//! What an incident fails with now, and what may mend that.

use super::*;
use crate::domain::access::Role;

/// The codes of an incident as they are shown, each with whether it fails with it now.
fn codes(stage: &Stage, of: &str) -> Vec<(String, bool)> {
    let shown = stage.incidents.shown(&name(of), Role::Reader, stage.now());
    let codes = shown.expect("it is known").codes.into_iter();
    codes.map(|cause| (cause.code, cause.is_now)).collect()
}

#[test]
fn what_fails_now_is_shown_before_what_has_healed() {
    let (refused, slow, password) = ("DFE-DB-001", "DFE-DB-002", "DFE-AUTH-002");
    for (looks, expected) in [
        ("FFF", &[(refused, true)][..]),
        ("FFFT", &[(slow, true), (refused, false)]),
        ("FFFTF", &[(refused, true), (slow, false)]),
        ("FFFA", &[(password, true), (refused, false)]),
        ("AFF", &[(refused, true), (password, false)]),
        // It takes two good looks, and an unknown one says nothing.
        ("FFFTG", &[(slow, true), (refused, false)]),
        ("FFFT?", &[(slow, true), (refused, false)]),
        ("FFFTGG", &[(refused, false), (slow, false)]),
    ] {
        let mut stage = Stage::default();
        stage.looks(Series::Db, looks);
        let expected: Vec<_> = expected
            .iter()
            .map(|(code, is_now)| ((*code).to_owned(), *is_now))
            .collect();
        assert_eq!(codes(&stage, "DB-17"), expected, "{looks}");
        if looks.ends_with(['F', 'T', 'A']) {
            let mut other = stage.clone();
            other.restart();
            let known = codes(&other, "DB-17");
            assert!(known.iter().any(|(_, is_now)| *is_now), "{looks}");
        }
    }
}

#[test]
fn the_worst_of_what_fails_comes_first_and_an_alert_that_is_over_has_healed() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "TTT");
    stage.clock -= LOOK;
    let mut vendor = Alert {
        code: Some(Code::VendorRailway),
        ..alert("railway")
    };
    stage.alert(vendor.clone());
    stage.pass(LOOK);
    let at = |stage: &Stage| codes(stage, "QUEUE-17");
    let said = |code: &str, is_now| (code.to_owned(), is_now);
    assert_eq!(
        at(&stage),
        [said("DFE-DB-002", true), said("DFE-VND-002", true)]
    );
    stage.looks(Series::Queue, "GG");
    assert_eq!(
        at(&stage),
        [said("DFE-VND-002", true), said("DFE-DB-002", false)]
    );
    vendor.is_firing = false;
    stage.alert(vendor);
    assert_eq!(
        at(&stage),
        [said("DFE-DB-002", false), said("DFE-VND-002", false)]
    );
}

#[test]
fn what_goes_on_comes_before_what_is_averted_then_the_worst_then_the_newest() {
    let mut stage = Stage::default();
    stage.looks(Series::Supabase, "FFF");
    stage.looks(Series::Locks, "FFF");
    stage.looks(Series::Queue, "FFF");
    stage.looks(Series::LongRunning, "FFF");
    let text = "it is read from elsewhere".to_owned();
    stage
        .deed("SUPABASE-17", Deed::Mitigate { text })
        .expect("it goes on");
    stage.pass(MINUTE);
    stage.alert(Alert {
        severity: Some(Severity::P2),
        ..alert("late")
    });
    let shown = stage.incidents.all_shown(Role::Reader, stage.now());
    let names: Vec<_> = shown.iter().map(|one| one.name.as_str()).collect();
    assert!(names[0].starts_with("ALERT-17"), "{names:?}");
    assert_eq!(
        names[1..],
        ["QUEUE-17", "LOCKS-17", "LONG-17", "SUPABASE-17"]
    );
}

#[test]
fn somebody_has_it_until_that_expires_and_not_because_somebody_once_had() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let is_held = |stage: &Stage| {
        let shown = stage
            .incidents
            .shown(&name("DB-17"), Role::Anybody, stage.now());
        let shown = shown.expect("it is known");
        (shown.is_held, shown.acknowledged_at.is_some())
    };
    assert_eq!(is_held(&stage), (false, false));
    stage.deed("DB-17", Deed::Acknowledge).expect("it goes on");
    assert_eq!(is_held(&stage), (true, true));
    stage.minutes(Series::Db, 'F', 31);
    assert_eq!(is_held(&stage), (false, true), "it has expired");
}

#[test]
fn remedies_are_offered_for_what_fails_now_and_none_that_would_be_rejected() {
    let cancel = ["pg.cancel", "pg.terminate", "queue.pause"];
    for (series, looks, expected) in [
        (Series::Db, "FFF", &[][..]),
        (Series::Db, "TTT", &cancel[..]),
        (Series::Db, "TTTF", &[]),
        (Series::Db, "TTTGG", &[]),
        // A rejected password: each of them would be one more login that is rejected.
        (Series::Db, "P", &[]),
        (Series::Db, "TTTP", &[]),
        (Series::LongRunning, "NNN", &["pg.cancel", "pg.terminate"]),
        (Series::LongRunning, "P", &[]),
        (Series::Locks, "NNN", &["pg.terminate"]),
        (Series::Workers, "NNN", &["workers.restart"]),
        // No lock is seen in its way.
        (Series::Supabase, "SSS", &[]),
    ] {
        let mut stage = Stage::default();
        stage.looks(series, looks);
        let of = stage.names().remove(0);
        let offered = stage.incidents.remedies(&name(&of), None);
        let offered: Vec<_> = offered.iter().map(|one| one.action.as_str()).collect();
        assert_eq!(offered, expected, "{series} {looks}");
    }
    let mut stage = Stage::default();
    stage.looks(Series::Db, "TTT");
    stage.clock -= LOOK;
    stage.look(Series::LongRunning, 'N');
    stage.looks(Series::Db, "TA");
    assert_eq!(stage.incidents.remedies(&name("DB-17"), None), []);
    // What was seen in it may have been mended by it: evidence was taken before.
    assert!(stage.of("DB-17").is_mended_by("pg.cancel"));
    let mut stage = Stage::default();
    stage.looks(Series::Supabase, "SSS");
    assert!(stage.of("SUPABASE-17").is_mended_by("pg.terminate"));
}
