//! Reads of single things, gathered: whatever many callers ask for while a read runs is the next
//! read. The reading side of the writer task, and as little tuned: no timers, only an upper bound.

use engine::StoreError;
use kernel::Retryable;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use tokio::sync::{mpsc, oneshot};

/// Keys of one read, at most.
const KEYS_MAX: usize = 256;
/// Callers that may wait; beyond that, asking waits.
const WAITING_MAX: usize = 1024;

type Answer<V> = Result<Option<V>, StoreError>;

struct Ask<K, V> {
    key: K,
    answer: oneshot::Sender<Answer<V>>,
}

/// Asks for one thing, answered together with what others ask. Its task ends with the last handle.
pub struct Gather<K, V> {
    asks: mpsc::Sender<Ask<K, V>>,
}

impl<K, V> Gather<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + 'static,
{
    /// Starts on the current runtime. `read` reads many in one go; what does not exist is absent
    /// from its answer.
    pub fn start<R, F>(read: R) -> Self
    where
        R: Fn(Vec<K>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, V>, StoreError>> + Send + 'static,
    {
        let (asks, queue) = mpsc::channel(WAITING_MAX);
        tokio::spawn(answer_for_ever(queue, read));
        Self { asks }
    }

    /// Reads one. The read begins after it was asked for, so it is never older than the question.
    pub async fn one(&self, key: K) -> Answer<V> {
        let stopped = || StoreError::Unavailable("the reader has stopped".to_owned());
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask { key, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn answer_for_ever<K, V, R, F>(mut queue: mpsc::Receiver<Ask<K, V>>, read: R)
where
    K: Clone + Eq + Hash,
    V: Clone,
    R: Fn(Vec<K>) -> F,
    F: Future<Output = Result<HashMap<K, V>, StoreError>>,
{
    let mut waiting = Vec::with_capacity(KEYS_MAX);
    while queue.recv_many(&mut waiting, KEYS_MAX).await > 0 {
        let keys: HashSet<K> = waiting.iter().map(|ask| ask.key.clone()).collect();
        let alone = keys.len() == 1;
        match read(keys.into_iter().collect()).await {
            Err(error) if !alone && !error.is_transient() => {
                // A thing that cannot be read must not hide its neighbours.
                for Ask { key, answer } in waiting.drain(..) {
                    let found = read(vec![key.clone()]).await;
                    let _ = answer.send(found.map(|mut found| found.remove(&key)));
                }
            }
            found => {
                for Ask { key, answer } in waiting.drain(..) {
                    let _ = answer.send(match &found {
                        Ok(found) => Ok(found.get(&key).cloned()),
                        Err(error) => Err(error.clone()),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::sync::Semaphore;

    type Seen = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Knows even numbers, cannot read 13, and reads only when the gate lets it.
    fn evens(gate: Arc<Semaphore>, seen: Seen) -> Gather<u32, String> {
        Gather::start(move |mut keys: Vec<u32>| {
            let (gate, seen) = (gate.clone(), seen.clone());
            async move {
                gate.acquire().await.expect("it is never closed").forget();
                keys.sort_unstable();
                seen.lock().expect("no test panics in it").push(keys.clone());
                if keys.contains(&13) {
                    return Err(StoreError::Invalid("13 is damaged".to_owned()));
                }
                let even = keys.into_iter().filter(|key| key % 2 == 0);
                Ok(even.map(|key| (key, key.to_string())).collect())
            }
        })
    }

    #[tokio::test]
    async fn what_is_asked_during_a_read_is_the_next_read() {
        let (gate, seen) = (Arc::new(Semaphore::new(0)), Seen::default());
        let gather = Arc::new(evens(gate.clone(), seen.clone()));
        let ask = |key| {
            let gather = gather.clone();
            tokio::spawn(async move { gather.one(key).await })
        };
        let first = ask(2);
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let rest: Vec<_> = [4, 5, 4, 6].into_iter().map(ask).collect();
        tokio::task::yield_now().await;
        gate.add_permits(9);
        assert_eq!(first.await.unwrap(), Ok(Some("2".to_owned())));
        let mut answers = Vec::new();
        for answer in rest {
            answers.push(answer.await.unwrap().unwrap());
        }
        let expected = [Some("4"), None, Some("4"), Some("6")].map(|a| a.map(str::to_owned));
        assert_eq!(answers, expected);
        assert_eq!(*seen.lock().unwrap(), [vec![2], vec![4, 5, 6]]);
    }

    #[tokio::test]
    async fn what_cannot_be_read_fails_alone() {
        let gather = evens(Arc::new(Semaphore::new(99)), Seen::default());
        let (bad, good) = tokio::join!(gather.one(13), gather.one(8));
        assert!(matches!(bad, Err(StoreError::Invalid(_))), "{bad:?}");
        assert_eq!(good, Ok(Some("8".to_owned())));
    }
}
