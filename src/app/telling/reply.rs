//! Says something to whoever has pressed a button in Slack.

use std::sync::Arc;

use secrecy::SecretString;

use crate::adapters::slack::Slack;
use crate::app::App;
use crate::reading::chat::slack::reply;

impl App {
    /// Says it to nobody else, and keeps nobody waiting for that.
    pub fn reply_in_slack(self: &Arc<Self>, response_url: Option<SecretString>, text: String) {
        let Ok(Some(set)) = self.settings.telling.slack.clone() else {
            return;
        };
        let Some(response_url) = response_url else {
            return;
        };
        let redactor = self.settings.redactor.clone();
        self.lifecycle.spawn(async move {
            let delivery = match Slack::new(set.webhook, redactor.clone()) {
                Ok(slack) => slack.reply(&response_url, &reply(&text, &redactor)).await,
                Err(_) => return,
            };
            if let Some(fault) = delivery.fault() {
                tracing::info!(code = %fault.code, "an answer to a click was not heard: {}", fault.detail);
            }
        });
    }
}
