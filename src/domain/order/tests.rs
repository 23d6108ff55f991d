use super::*;

fn order() -> Order {
    Order {
        reason: "the mailer sends twice".to_owned(),
        actor: "anna".to_owned(),
        environment: "prod".to_owned(),
        request_id: "1".to_owned(),
        key: None,
        dry_run: false,
    }
}

#[test]
fn an_order_without_a_reason_or_with_a_strange_key_is_refused() {
    assert_eq!(order().validate(), Ok(()));
    let key = |key: &str| Order {
        key: Some(key.to_owned()),
        ..order()
    };
    assert_eq!(key("a-1").validate(), Ok(()));
    let reason = |reason: &str| Order {
        reason: reason.to_owned(),
        ..order()
    };
    for order in [
        reason(""),
        reason("  "),
        reason("a\u{1b}[2Jb"),
        reason("\u{200b}\u{2060}"),
        reason("\u{3164}\u{ad}"),
        reason("..."),
        reason(&"x".repeat(MAX_REASON + 1)),
        key(""),
        key("a b"),
        key(&"x".repeat(MAX_KEY + 1)),
    ] {
        let fault = order.validate().expect_err("it cannot be right");
        assert_eq!(fault.code, Code::ValInput, "{order:?}");
    }
}

#[test]
fn an_order_says_why_and_who_within_limits() {
    let reason = |reason: &str| Order {
        reason: reason.to_owned(),
        ..order()
    };
    let actor = |actor: &str| Order {
        actor: actor.to_owned(),
        ..order()
    };
    let key = |key: &str| Order {
        key: Some(key.to_owned()),
        ..order()
    };
    let key_detail = "The Idempotency-Key has to be 1 to 200 visible ASCII characters.";
    for (order, refused) in [
        (reason(&"é".repeat(300)), None),
        (
            reason(&"é".repeat(301)),
            Some("The reason is longer than 300 characters."),
        ),
        (reason("1"), None),
        (reason("\u{3164}a"), None),
        (
            reason("\u{115f}\u{1160}\u{ffa0}"),
            Some("The reason has no letter and no digit."),
        ),
        (
            reason("a\u{7}b"),
            Some("The reason holds control characters."),
        ),
        (reason("\n"), Some("The reason is missing.")),
        (actor(&"x".repeat(200)), None),
        (
            actor(&"x".repeat(201)),
            Some("The name of who acts is longer than 200 characters."),
        ),
        (actor(""), Some("The name of who acts is missing.")),
        (key(&"~".repeat(200)), None),
        (key("!"), None),
        (key(&"x".repeat(201)), Some(key_detail)),
        (key(""), Some(key_detail)),
        (key("a b"), Some(key_detail)),
        (key("\u{7f}"), Some(key_detail)),
        (key("é"), Some(key_detail)),
    ] {
        let expected = refused.map_or(Ok(()), |detail| Err(refuse(detail)));
        assert_eq!(order.validate(), expected, "{order:?}");
    }
}

#[test]
fn a_plan_keeps_what_else_there_is_to_know() {
    let plan = Plan::new(1.into(), 2.into()).note("a").note("b");
    let expected = Plan {
        before: 1.into(),
        after: 2.into(),
        notes: vec!["a".to_owned(), "b".to_owned()],
    };
    assert_eq!(plan, expected);
}
