//! A browser, driven through its own driver (`chromedriver`, the W3C's WebDriver).

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dragonfly_ops::dev::cluster::free_port;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client;

/// What WebDriver calls the key of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys as WebDriver writes them.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const HOME: &str = "\u{e011}";
pub(crate) const END: &str = "\u{e010}";
pub(crate) const LEFT: &str = "\u{e012}";
pub(crate) const RIGHT: &str = "\u{e014}";

/// A browser without a window.
pub(crate) struct Browser {
    process: Child,
    client: reqwest::Client,
    base: String,
    session: String,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let port = free_port().expect("a free port");
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium-driver is installed (make tools)");
        let mut browser = Self {
            process,
            client: client(),
            base: format!("http://127.0.0.1:{port}"),
            session: String::new(),
        };
        while browser
            .client
            .get(format!("{}/status", browser.base))
            .send()
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-proxy-server",
            "--window-size=1280,900",
            "--lang=en",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let begun = browser.ask(Method::POST, "/session", &wanted).await;
        let id = begun["sessionId"].as_str().expect("a session").to_owned();
        browser.session = format!("/session/{id}");
        browser
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.base);
        let mut request = self.client.request(method.clone(), url);
        if method == Method::POST {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("the driver answers");
        let text = answer.text().await.expect("a body");
        let mut said: Value = serde_json::from_str(&text).expect("JSON");
        let value = said["value"].take();
        assert!(value["error"].is_null(), "{method} {path}: {value:#}");
        value
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let path = format!("{}{path}", self.session);
        self.ask(Method::POST, &path, body).await
    }

    pub(crate) async fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// What a script says, as the body of a function.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.post("/execute/sync", &body).await
    }

    /// The same of one that calls its last argument when it is done.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.post("/execute/async", &body).await
    }

    /// A command of the browser's own protocol.
    pub(crate) async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body).await
    }

    async fn element(&self, css: &str) -> String {
        let body = json!({ "using": "css selector", "value": css });
        let found = self.post("/element", &body).await;
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    pub(crate) async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.post(&format!("/element/{element}/click"), &json!({}))
            .await;
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.post(&format!("/element/{element}/clear"), &json!({}))
            .await;
        let body = json!({ "text": text });
        self.post(&format!("/element/{element}/value"), &body).await;
    }

    /// Chooses a file, as whoever has pressed its button does in the window of the system.
    pub(crate) async fn choose(&self, css: &str, file: &str) {
        let element = self.element(css).await;
        let body = json!({ "text": file });
        self.post(&format!("/element/{element}/value"), &body).await;
    }

    /// Presses keys, whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| {
                [
                    json!({ "type": "keyDown", "value": key.to_string() }),
                    json!({ "type": "keyUp", "value": key.to_string() }),
                ]
            })
            .collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.post("/actions", &body).await;
    }

    /// Goes on with the tab key until what is meant has the focus.
    pub(crate) async fn tab_to(&self, css: &str) {
        for _ in 0..200 {
            let script = format!("return document.activeElement.matches({})", json!(css));
            if self.run(&script).await == true {
                return;
            }
            self.press(TAB).await;
        }
        panic!("{css} is not reached by keyboard: {}", self.text().await);
    }

    /// All that can be read.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What was logged of this kind since it was last asked.
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("/se/log", &json!({ "type": kind })).await;
        entries.as_array().cloned().unwrap_or_default()
    }

    /// The addresses that were asked since this was last asked.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let mut asked = Vec::new();
        for entry in self.log("performance").await {
            let text = entry["message"].as_str().expect("text");
            let event: Value = serde_json::from_str(text).expect("JSON");
            let event = &event["message"];
            if event["method"] == "Network.requestWillBeSent" {
                let url = event["params"]["request"]["url"].as_str();
                asked.push(url.expect("an address").to_owned());
            }
        }
        asked
    }

    /// As by its button.
    pub(crate) async fn back(&self) {
        self.post("/back", &json!({})).await;
    }

    /// Loads the page again, with what was sent where it is an answer to a form.
    pub(crate) async fn reload(&self) {
        self.post("/refresh", &json!({})).await;
    }

    /// Waits until the page shows a text.
    pub(crate) async fn shows(&self, text: &str) {
        let script = format!("document.body.innerText.includes({})", json!(text));
        self.until(text, &script).await;
    }

    /// Waits until a script says that it is so.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        for _ in 0..600 {
            if self.run(&format!("return {script}")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: {}", self.text().await);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It takes the browser along.
        let url = format!("{}{}", self.base, self.session);
        let client = self.client.clone();
        let ended = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let _ = runtime.map(|runtime| runtime.block_on(client.delete(url).send()));
        });
        let _ = ended.join();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
