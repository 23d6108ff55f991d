//! `/session/end`: sign out.

use axum::response::Response;
use axum::routing::on;
use jiff::Timestamp;

use crate::http::endpoints::session_begin::{cookie_of, see};
use crate::http::route::Route;
use crate::http::viewer::Sender;

pub(super) const ROUTE: Route =
    Route::form(&["/session/end"], "Sign out", |method| on(method, end));

async fn end(sender: Sender) -> Response {
    let forgotten = cookie_of("", 0, &sender.context);
    if let Some(sign_in) = sender.sign_in {
        sender.app.sign_ins.end(sign_in, Timestamp::now());
    }
    see("/status", &forgotten)
}
