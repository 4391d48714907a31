//! RabbitMQ's management API, as somebody who watches or breaks the broker uses it.

use crate::api::install_tls;
use crate::fleet::VirtualHost;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

impl VirtualHost {
    /// A queue as the broker sees it.
    pub async fn queue(&self, name: &str) -> Value {
        self.ask(Method::GET, &["queues", self.name(), name]).await
    }

    /// The connections into this virtual host.
    pub async fn connections(&self) -> Vec<Value> {
        let found = self.ask(Method::GET, &["vhosts", self.name(), "connections"]).await;
        found.as_array().cloned().unwrap_or_default()
    }

    /// Deletes a queue and all that is in it.
    pub async fn delete_queue(&self, name: &str) {
        self.ask(Method::DELETE, &["queues", self.name(), name]).await;
    }

    /// Puts a message straight into a queue.
    pub async fn publish(&self, queue: &str, body: &str) {
        let message = json!({ "properties": { "delivery_mode": 2 }, "routing_key": queue,
                              "payload": body, "payload_encoding": "string" });
        let path = ["exchanges", self.name(), "amq.default", "publish"];
        let told = self.send(Method::POST, &path, Some(&message)).await;
        assert_eq!(told["routed"], true, "{queue}: {told}");
    }

    /// Declares a queue otherwise than the topology has it.
    pub async fn create_queue(&self, name: &str, how: &Value) {
        self.send(Method::PUT, &["queues", self.name(), name], Some(how)).await;
    }

    /// Definitions, which may name users and their rights.
    pub(crate) async fn import(&self, definitions: &Value) {
        self.send(Method::POST, &["definitions"], Some(definitions)).await;
    }

    async fn ask(&self, method: Method, path: &[&str]) -> Value {
        self.send(method, path, None).await
    }

    async fn send(&self, method: Method, path: &[&str], body: Option<&Value>) -> Value {
        let mut url: Url = self.management().clone();
        url.path_segments_mut().unwrap().push("api").extend(path);
        install_tls();
        let client = reqwest::Client::builder().tls_backend_rustls().no_proxy().build().unwrap();
        let mut request = client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path:?}: {answer:?}");
        answer.json().await.unwrap_or_default()
    }
}
