//! Which types of nodes there are, which of them are on their way out, and which need a credential.
//!
//! # Design notes
//!
//! The names are those of n8n 2.41. A list ages: a node that came later is reported as unknown,
//! with the advice to look at the version of n8n, because the other cause of an unknown name is a
//! flow that cannot be imported, and that is found out at the worst moment. What a package of the
//! community brings cannot be known here at all, so it is said to be beyond judgement instead.

/// What n8n's own nodes are called, before the dot.
const BASE: &str = "n8n-nodes-base";
/// The same for the nodes around language models.
const LANGCHAIN: &str = "@n8n/n8n-nodes-langchain";

/// The name of the type of a sticky note: it is paper, not a step.
const STICKY_NOTE: &str = "n8n-nodes-base.stickyNote";

/// Triggers whose name does not say so.
const TRIGGERS: &[&str] = &["webhook", "cron", "interval", "emailReadImap", "start"];

/// What a node that can be a tool of an agent is called then: its name and one of these.
const TOOL_SUFFIXES: &[&str] = &["HitlTool", "Tool"];

/// Types that n8n has retired, and what takes their place.
const DEPRECATED: &[(&str, Fate, &str)] = &[
    ("n8n-nodes-base.start", Fate::Removed, "manualTrigger"),
    (
        "n8n-nodes-base.activationTrigger",
        Fate::Removed,
        "n8nTrigger",
    ),
    ("n8n-nodes-base.function", Fate::Retired, "code"),
    (
        "n8n-nodes-base.functionItem",
        Fate::Retired,
        "code, run once for each item",
    ),
    ("n8n-nodes-base.cron", Fate::Retired, "scheduleTrigger"),
    ("n8n-nodes-base.interval", Fate::Retired, "scheduleTrigger"),
    (
        "n8n-nodes-base.workflowTrigger",
        Fate::Retired,
        "n8nTrigger",
    ),
    ("n8n-nodes-base.htmlExtract", Fate::Retired, "html"),
    ("n8n-nodes-base.iCal", Fate::Retired, "convertToFile"),
    (
        "n8n-nodes-base.itemLists",
        Fate::Retired,
        "splitOut, aggregate, limit, removeDuplicates, sort or summarize",
    ),
    (
        "n8n-nodes-base.moveBinaryData",
        Fate::Retired,
        "extractFromFile or convertToFile",
    ),
    (
        "n8n-nodes-base.spreadsheetFile",
        Fate::Retired,
        "extractFromFile or convertToFile",
    ),
    ("n8n-nodes-base.readPDF", Fate::Retired, "extractFromFile"),
    (
        "n8n-nodes-base.readBinaryFile",
        Fate::Retired,
        "readWriteFile",
    ),
    (
        "n8n-nodes-base.readBinaryFiles",
        Fate::Retired,
        "readWriteFile",
    ),
    (
        "n8n-nodes-base.writeBinaryFile",
        Fate::Retired,
        "readWriteFile",
    ),
    (
        "n8n-nodes-base.openAi",
        Fate::Retired,
        "@n8n/n8n-nodes-langchain.openAi",
    ),
    ("n8n-nodes-base.aiTransform", Fate::Retired, "code"),
    ("n8n-nodes-base.orbit", Fate::Retired, "httpRequest"),
    ("n8n-nodes-base.line", Fate::Retired, "httpRequest"),
    ("n8n-nodes-base.simulate", Fate::Retired, "pinned data"),
    (
        "n8n-nodes-base.simulateTrigger",
        Fate::Retired,
        "pinned data",
    ),
    (
        "@n8n/n8n-nodes-langchain.documentBinaryInputLoader",
        Fate::Retired,
        "documentDefaultDataLoader",
    ),
    (
        "@n8n/n8n-nodes-langchain.documentJsonInputLoader",
        Fate::Retired,
        "documentDefaultDataLoader",
    ),
    (
        "@n8n/n8n-nodes-langchain.documentGithubLoader",
        Fate::Retired,
        "n8n-nodes-base.github and documentDefaultDataLoader",
    ),
    (
        "@n8n/n8n-nodes-langchain.lmOpenAi",
        Fate::Retired,
        "lmChatOpenAi",
    ),
    (
        "@n8n/n8n-nodes-langchain.openAiAssistant",
        Fate::Retired,
        "openAi",
    ),
    (
        "@n8n/n8n-nodes-langchain.manualChatTrigger",
        Fate::Retired,
        "chatTrigger",
    ),
    (
        "@n8n/n8n-nodes-langchain.memoryChatRetriever",
        Fate::Retired,
        "memoryManager",
    ),
    (
        "@n8n/n8n-nodes-langchain.memoryMotorhead",
        Fate::Retired,
        "memoryPostgresChat",
    ),
    (
        "@n8n/n8n-nodes-langchain.memoryZep",
        Fate::Retired,
        "memoryPostgresChat",
    ),
    (
        "@n8n/n8n-nodes-langchain.toolExecutor",
        Fate::Retired,
        "toolWorkflow",
    ),
    (
        "@n8n/n8n-nodes-langchain.toolHttpRequest",
        Fate::Retired,
        "n8n-nodes-base.httpRequestTool",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreInMemoryInsert",
        Fate::Retired,
        "vectorStoreInMemory",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreInMemoryLoad",
        Fate::Retired,
        "vectorStoreInMemory",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStorePineconeInsert",
        Fate::Retired,
        "vectorStorePinecone",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStorePineconeLoad",
        Fate::Retired,
        "vectorStorePinecone",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreSupabaseInsert",
        Fate::Retired,
        "vectorStoreSupabase",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreSupabaseLoad",
        Fate::Retired,
        "vectorStoreSupabase",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreZepInsert",
        Fate::Retired,
        "vectorStorePGVector or vectorStoreSupabase",
    ),
    (
        "@n8n/n8n-nodes-langchain.vectorStoreZepLoad",
        Fate::Retired,
        "vectorStorePGVector or vectorStoreSupabase",
    ),
];

/// What became of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It works, for now.
    Retired,
    /// The current n8n does not have it any more.
    Removed,
}

/// Where the type of a node comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From n8n, and it exists.
    Known,
    /// It claims to be from n8n, which has no such node; there is one whose name differs in its
    /// capitals only.
    Unknown(Option<&'static str>),
    /// From a package of the community, which cannot be judged.
    Community,
}

/// Where a type comes from.
pub(super) fn origin(kind: &str) -> Origin {
    let Some((package, name)) = kind.rsplit_once('.') else {
        return Origin::Unknown(None);
    };
    let lists = match package {
        BASE => [BASE_WITH, BASE_WITHOUT],
        LANGCHAIN => [LANGCHAIN_WITH, LANGCHAIN_WITHOUT],
        "" => return Origin::Unknown(None),
        _ => return Origin::Community,
    };
    let names = || lists.into_iter().flat_map(str::split_whitespace);
    if fate(kind).is_some() || is_any(names(), name) {
        return Origin::Known;
    }
    Origin::Unknown(names().find(|known| known.eq_ignore_ascii_case(name)))
}

/// What became of a type that is on its way out, and what takes its place.
pub(super) fn fate(kind: &str) -> Option<(Fate, &'static str)> {
    DEPRECATED
        .iter()
        .find(|(name, ..)| *name == kind)
        .map(|(_, fate, instead)| (*fate, *instead))
}

/// Whether a node of this type can start a flow.
pub(super) fn is_trigger(kind: &str) -> bool {
    let name = kind.rsplit('.').next().unwrap_or_default();
    let end = name.len().saturating_sub("trigger".len());
    name.get(end..)
        .is_some_and(|end| end.eq_ignore_ascii_case("trigger"))
        || TRIGGERS.contains(&name)
}

/// Whether it is a sticky note.
pub(super) fn is_sticky_note(kind: &str) -> bool {
    kind == STICKY_NOTE
}

/// Whether a node of this type cannot work without a credential, whatever its parameters.
pub(super) fn needs_credential(kind: &str) -> bool {
    let Some((package, name)) = kind.rsplit_once('.') else {
        return false;
    };
    let list = match package {
        BASE => BASE_WITH,
        LANGCHAIN => LANGCHAIN_WITH,
        _ => return false,
    };
    is_any(list.split_whitespace(), name)
}

/// The name of a type of n8n's own nodes, without the suffix of a tool.
pub(super) fn base_name(kind: &str) -> Option<&str> {
    let name = kind.strip_prefix(BASE)?.strip_prefix('.')?;
    Some(without_suffix(name))
}

fn without_suffix(name: &str) -> &str {
    TOOL_SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

fn is_any<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> bool {
    let tool = without_suffix(name);
    names.any(|known| known == name || known == tool)
}

/// Of n8n-nodes-base: what cannot work without a credential, whatever its parameters.
const BASE_WITH: &str = "\
    Brandfetch actionNetwork activeCampaign activeCampaignTrigger acuitySchedulingTrigger adalo \
    affinity affinityTrigger agileCrm airtable airtableTrigger airtop amqp amqpTrigger \
    apiTemplateIo asana asanaTrigger autopilot autopilotTrigger awsCertificateManager awsCognito \
    awsComprehend awsDynamoDb awsElb awsIam awsLambda awsRekognition awsS3 awsSes awsSns \
    awsSnsTrigger awsSqs awsTextract awsTranscribe azureCosmosDb azureStorage bambooHr \
    bannerbear baserow beeminder bitbucketTrigger bitly bitwarden box boxTrigger bubble \
    calTrigger calendlyTrigger chargebee circleCi ciscoWebex ciscoWebexTrigger citrixAdc \
    clearbit clickUp clickUpTrigger clockify clockifyTrigger cloudflare cockpit coda confluence \
    contentful convertKit convertKitTrigger copper copperTrigger cortex crateDb currents \
    currentsTrigger customerIo customerIoTrigger databricks databricksTrigger deepL demio dhl \
    discourse disqus drift dropbox dropcontact egoi elasticSecurity elasticsearch emailReadImap \
    emailSend emelia emeliaTrigger erpNext evaluation evaluationTrigger eventbriteTrigger \
    facebookGraphApi facebookLeadAdsTrigger facebookTrigger figmaTrigger filemaker flow \
    flowTrigger formIoTrigger formstackTrigger freshdesk freshservice freshworksCrm gSuiteAdmin \
    getResponse getResponseTrigger github githubTrigger gitlab gitlabTrigger gmail gmailTrigger \
    goToWebinar gong googleAds googleAnalytics googleBigQuery googleBooks googleBusinessProfile \
    googleBusinessProfileTrigger googleCalendar googleCalendarTrigger googleChat \
    googleCloudNaturalLanguage googleCloudStorage googleContacts googleDocs googleDrive \
    googleDriveTrigger googleFirebaseCloudFirestore googlePerspective googleSheets \
    googleSheetsTrigger googleSlides googleTasks googleTranslate gotify grafana grist \
    gumroadTrigger haloPSA harvest helpScout helpScoutTrigger highLevel homeAssistant hubspot \
    hubspotTrigger humanticAi hunter intercom invoiceNinja invoiceNinjaTrigger iterable jenkins \
    jinaAi jotFormTrigger jwt kafka kafkaTrigger keap keapTrigger koBoToolbox koBoToolboxTrigger \
    ldap lemlist lemlistTrigger linear linearTrigger lingvaNex linkedIn loneScale \
    loneScaleTrigger magento2 mailcheck mailchimp mailchimpTrigger mailerLite mailerLiteTrigger \
    mailgun mailjetTrigger mandrill marketstack matrix mattermost mautic mauticTrigger medium \
    messageBird metabase microsoftDataverse microsoftDynamicsCrm microsoftEntra microsoftExcel \
    microsoftExcelSharePoint microsoftGraphSecurity microsoftOneDrive microsoftOneDriveTrigger \
    microsoftOutlook microsoftOutlookTrigger microsoftSharePoint microsoftSql microsoftTeams \
    microsoftTeamsTrigger microsoftToDo misp mistralAi mocean mondayCom mongoDb monicaCrm mqtt \
    mqttTrigger msg91 mySql n8n nasa netlify netlifyTrigger nextCloud nocoDb notion \
    notionTrigger odoo okta oneSimpleApi onfleet onfleetTrigger openAi openWeatherMap \
    oracleDatabase orbit oura paddle pagerDuty payPal payPalTrigger peekalink perplexity \
    phantombuster philipsHue pipedrive pipedriveTrigger plivo postHog postgres postgresTrigger \
    postmarkTrigger profitWell pushbullet pushcut pushcutTrigger pushover questDb quickbase \
    quickbooks rabbitmq rabbitmqTrigger raindrop redis redisTrigger rocketchat rundeck s3 \
    salesforce salesforceTrigger salesmate seaTable seaTableTrigger securityScorecard segment \
    sendGrid sendInBlue sendy sentryIo serviceNow shopify shopifyTrigger signl4 slack \
    slackTrigger sms77 snowflake splunk spotify ssh stackby strapi strava stravaTrigger stripe \
    stripeTrigger supabase surveyMonkeyTrigger syncroMsp taiga taigaTrigger tapfiliate telegram \
    telegramTrigger theHive theHiveProject timescaleDb todoist togglTrigger totp travisCi trello \
    trelloTrigger twake twilio twilioTrigger twist twitter typeformTrigger unleashedSoftware \
    uplead uproc uptimeRobot urlScanIo venafiTlsProtectCloud venafiTlsProtectCloudTrigger \
    venafiTlsProtectDatacenter vero vonage webflow webflowTrigger wekan whatsApp whatsAppTrigger \
    wise wiseTrigger wooCommerce wooCommerceTrigger wordpress workableTrigger wufooTrigger xero \
    youTube yourls zammad zendesk zendeskTrigger zohoCrm zoom zulip";

/// Of n8n-nodes-base: what needs none, or only with some parameters.
const BASE_WITHOUT: &str = "\
    aggregate aiTransform chargebeeTrigger code coinGecko compareDatasets compression \
    convertToFile cron crypto dataTable dateTime debugHelper discord dynamicCredentialCheck \
    e2eTest e2eTestPollingTrigger editImage errorTrigger executeCommand executeWorkflow \
    executeWorkflowTrigger executionData extractFromFile filter form formTrigger ftp function \
    functionItem ghost git googleFirebaseRealtimeDatabase graphql hackerNews html htmlExtract \
    httpRequest iCal if interval itemLists jira jiraTrigger limit line localFileTrigger mailjet \
    manualTrigger markdown merge messageAnAgent mindee moveBinaryData \
    n8nTrainingCustomerDatastore n8nTrainingCustomerMessenger n8nTrigger noOp npm openThesaurus \
    postBin quickChart readBinaryFile readBinaryFiles readPDF readWriteFile reddit \
    removeDuplicates renameKeys respondToWebhook rssFeedRead rssFeedReadTrigger scheduleTrigger \
    sendInBlueTrigger set simulate simulateTrigger sort splitInBatches splitOut spreadsheetFile \
    sseTrigger stickyNote stopAndError storyblok summarize switch theHiveProjectTrigger \
    theHiveTrigger timeSaved wait webhook workflowTrigger writeBinaryFile xml";

/// Of @n8n/n8n-nodes-langchain: what cannot work without a credential.
const LANGCHAIN_WITH: &str = "\
    alibabaCloud anthropic chatHubVectorStorePGVector chatHubVectorStorePinecone \
    chatHubVectorStoreQdrant documentGithubLoader embeddingsAwsBedrock embeddingsAzureOpenAi \
    embeddingsCohere embeddingsDatabricks embeddingsGoogleGemini embeddingsGoogleVertex \
    embeddingsHuggingFaceInference embeddingsLemonade embeddingsMistralCloud embeddingsNvidia \
    embeddingsOllama embeddingsOpenAi embeddingsOracleDb googleGemini lmChatAlibabaCloud \
    lmChatAnthropic lmChatAwsBedrock lmChatAzureOpenAi lmChatCohere lmChatDatabricks \
    lmChatDeepSeek lmChatGoogleGemini lmChatGoogleVertex lmChatGroq lmChatLemonade lmChatMinimax \
    lmChatMistralCloud lmChatMoonshot lmChatNvidia lmChatOllama lmChatOpenAi lmChatOpenRouter \
    lmChatVercelAiGateway lmChatXAiGrok lmCohere lmLemonade lmOllama lmOpenAi \
    lmOpenHuggingFaceInference mcpRegistryClientTool memoryMongoDbChat memoryMotorhead \
    memoryPostgresChat memoryRedisChat memoryXata memoryZep microsoftAgent365Trigger minimax \
    moonshot ollama openAi openAiAssistant rerankerCohere toolSearXng toolSerpApi \
    toolWolframAlpha vectorStoreAzureAISearch vectorStoreChromaDB vectorStoreMilvus \
    vectorStoreMongoDBAtlas vectorStoreOracleDBVector vectorStorePGVector vectorStorePinecone \
    vectorStorePineconeInsert vectorStorePineconeLoad vectorStoreQdrant vectorStoreRedis \
    vectorStoreSupabase vectorStoreSupabaseInsert vectorStoreSupabaseLoad vectorStoreWeaviate \
    vectorStoreZep vectorStoreZepInsert vectorStoreZepLoad";

/// Of @n8n/n8n-nodes-langchain: what needs none, or only with some parameters.
const LANGCHAIN_WITHOUT: &str = "\
    agent agentTool chainLlm chainRetrievalQa chainSummarization chat chatTrigger code \
    documentBinaryInputLoader documentDefaultDataLoader documentJsonInputLoader guardrails \
    informationExtractor manualChatTrigger mcpClient mcpClientTool mcpTrigger memoryBufferWindow \
    memoryChatRetriever memoryManager modelSelector outputParserAutofixing outputParserItemList \
    outputParserStructured retrieverContextualCompression retrieverMultiQuery \
    retrieverVectorStore retrieverWorkflow sentimentAnalysis textClassifier \
    textSplitterCharacterTextSplitter textSplitterRecursiveCharacterTextSplitter \
    textSplitterTokenSplitter toolCalculator toolCode toolExecutor toolHttpRequest toolThink \
    toolVectorStore toolWikipedia toolWorkflow vectorStoreInMemory vectorStoreInMemoryInsert \
    vectorStoreInMemoryLoad";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_unknown_or_beyond_judgement() {
        for (kind, expected) in [
            ("n8n-nodes-base.webhook", Origin::Known),
            ("n8n-nodes-base.slackTool", Origin::Known),
            ("n8n-nodes-base.start", Origin::Known),
            ("@n8n/n8n-nodes-langchain.agent", Origin::Known),
            ("@n8n/n8n-nodes-langchain.toolCode", Origin::Known),
            ("n8n-nodes-base.webHook", Origin::Unknown(Some("webhook"))),
            ("n8n-nodes-base.teleport", Origin::Unknown(None)),
            ("webhook", Origin::Unknown(None)),
            ("", Origin::Unknown(None)),
            ("n8n-nodes-pdf.convert", Origin::Community),
            ("@somebody/n8n-nodes-pdf.convert", Origin::Community),
        ] {
            assert_eq!(origin(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_trigger_is_known_by_its_name() {
        for kind in [
            "n8n-nodes-base.webhook",
            "n8n-nodes-base.scheduleTrigger",
            "@n8n/n8n-nodes-langchain.chatTrigger",
            "n8n-nodes-pdf.newFileTrigger",
        ] {
            assert!(is_trigger(kind), "{kind}");
        }
        for kind in [
            "n8n-nodes-base.respondToWebhook",
            "n8n-nodes-base.code",
            "é",
            "",
        ] {
            assert!(!is_trigger(kind), "{kind}");
        }
    }

    #[test]
    fn whatever_replaces_a_type_exists() {
        for (kind, _, instead) in DEPRECATED {
            let package = kind.rsplit_once('.').map_or("", |(package, _)| package);
            let first = instead.split([' ', ',']).next().unwrap_or_default();
            let full = match first.contains('.') {
                true => first.to_owned(),
                false => format!("{package}.{first}"),
            };
            assert!(
                *instead == "pinned data" || origin(&full) == Origin::Known,
                "{kind}: {full}"
            );
            assert!(fate(&full).is_none(), "{full} is retired itself");
        }
    }

    #[test]
    fn a_name_stands_in_one_list_only() {
        for (with, without) in [
            (BASE_WITH, BASE_WITHOUT),
            (LANGCHAIN_WITH, LANGCHAIN_WITHOUT),
        ] {
            for name in with.split_whitespace() {
                assert!(
                    !without.split_whitespace().any(|other| other == name),
                    "{name}"
                );
            }
        }
    }
}
