//! Whose product an event speaks of.
//!
//! # Design notes
//!
//! Vendors have codes of their own, and what they say is mostly said by others, too: any queue has workers that
//! fail to process something, and many gateways do not find an API key. So a sign of a vendor is worth what it
//! says where the event names that vendor, less where it names nobody, and nothing where somebody else speaks.

use std::sync::LazyLock;

use crate::domain::taxonomy::Code;
use crate::reading::triage::doubts::names_host;
use crate::reading::triage::needles::Needles;
use crate::reading::triage::sign::{CLEAR, LIKELY, Sign};

/// How much less a sign is worth where nobody is named.
const UNNAMED: u8 = 8;

/// Whose product is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    Supabase,
    Railway,
    N8n,
    /// That of another vendor.
    Other,
    /// Nobody's that is known.
    Nobodys,
}

const OF_SUPABASE: &[&str] = &[
    "*supabase*",
    "sb-error-code",
    "*postgrest*",
    "pgrst*",
    "edge function*",
    "*/rest/v1/*",
    "*/auth/v1/*",
    "*/functions/v1/*",
    "*/storage/v1/*",
    "gotrue*",
    "supavisor",
    "kong",
    "authapierror",
    "authretryablefetcherror",
    "authunknownerror",
    "databasetimeout",
    "exceed_*",
    "spend caps",
];

const OF_RAILWAY: &[&str] = &["*railway*", "nixpacks", "railpack", "*.rlwy.net"];

const OF_N8N: &[&str] = &[
    "*n8n*",
    "dangling executions",
    "nodeapierror",
    "nodeoperationerror",
    "taskrunner*",
    "task runner*",
    "webhookpathtakenerror",
];

/// Products that fail in words that ours fail in, too.
const OF_OTHERS: &[&str] = &[
    "airflow",
    "airtable",
    "anthropic*",
    "arq",
    "asana",
    "asynq",
    "auth0",
    "botocore*",
    "boto3",
    "celery*",
    "clerk",
    "cognito",
    "dagster",
    "discord*",
    "docusign",
    "dramatiq*",
    "elasticsearch",
    "firebase*",
    "github actions",
    "github api",
    "gitlab",
    "google.api_core*",
    "google.auth*",
    "googleapiclient*",
    "hubspot*",
    "intercom",
    "jira",
    "kafka",
    "keycloak",
    "mailchimp",
    "mailgun",
    "mistral*",
    "mongodb",
    "notion",
    "oban",
    "okta",
    "openai*",
    "paypal",
    "pika*",
    "pipedrive",
    "postmark",
    "prefect",
    "rabbitmq",
    "rq",
    "salesforce",
    "sendgrid",
    "sendinblue",
    "sentry",
    "shopify*",
    "sidekiq",
    "slack*",
    "stripe*",
    "telegram",
    "temporal*",
    "trello",
    "twilio*",
    "zendesk",
    "zoom",
];

static SPOKEN: LazyLock<[(Product, Needles); 4]> = LazyLock::new(|| {
    [
        (Product::Supabase, OF_SUPABASE),
        (Product::Railway, OF_RAILWAY),
        (Product::N8n, OF_N8N),
        (Product::Other, OF_OTHERS),
    ]
    .map(|(product, list)| (product, Needles::new(list.iter().copied())))
});

/// The first of these products that is named: of the vendors with a code of their own first.
pub(super) fn of(context: &str) -> Product {
    let named = SPOKEN
        .iter()
        .find(|(_, needles)| !needles.find(context, context).is_empty());
    named.map_or(Product::Nobodys, |(product, _)| *product)
}

/// Leaves of a vendor's signs what they are worth in an event that may name somebody else.
pub(super) fn attribute(context: &str, signs: &mut Vec<Sign>) {
    let whose = |sign: &Sign| match sign.code {
        Code::VendorSupabase => Some(Product::Supabase),
        Code::VendorN8n => Some(Product::N8n),
        _ => None,
    };
    if !signs.iter().any(|sign| whose(sign).is_some()) {
        return;
    }
    let is_named = |product: Product| {
        let list = SPOKEN.iter().find(|(known, _)| *known == product);
        list.is_some_and(|(_, needles)| !needles.find(context, context).is_empty())
    };
    // Cloudflare stands in front of Supabase, and of half the rest of the world.
    let is_anothers_edge = context.contains("cloudflare") && names_host(context);
    signs.retain_mut(|sign| match whose(sign) {
        Some(product) if !is_named(product) => {
            sign.weight = sign
                .weight
                .min(CLEAR.max(sign.weight.saturating_sub(UNNAMED)));
            if is_anothers_edge {
                sign.weight = sign.weight.min(LIKELY);
            }
            !is_named(Product::Other)
        }
        _ => true,
    });
}
