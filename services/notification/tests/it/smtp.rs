//! The SMTP channel against a server that says what it is told to say.

use kernel::{Email, Retryability, Retryable, Timestamp, Uuid};
use notification::channel::{SmtpChannel, SmtpConfigError};
use notification::models::{Content, MessageId};
use notification::usecase::ports::{Channel, ChannelError, OutgoingMail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server answers.
#[derive(Clone, Copy)]
struct Says {
    hello: &'static str,
    rcpt: &'static str,
    end: &'static str,
}

const KIND: Says = Says { hello: "220 hi", rcpt: "250 ok", end: "250 taken" };

async fn serve(says: Says) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (mails, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, says, mails.clone()));
        }
    });
    (url, received)
}

async fn converse(stream: TcpStream, says: Says, mails: mpsc::UnboundedSender<String>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail: Option<String> = None;
    let mut answer = says.hello;
    loop {
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        answer = loop {
            let Ok(Some(line)) = lines.next_line().await else { return };
            match (&mut mail, line.as_str()) {
                (Some(_), ".") => {
                    mails.send(mail.take().unwrap()).unwrap();
                    break says.end;
                }
                (Some(mail), line) => *mail += &format!("{line}\n"),
                (None, "DATA") => {
                    mail = Some(String::new());
                    break "354 go on";
                }
                (None, line) if line.starts_with("RCPT") => break says.rcpt,
                (None, _) => break "250 ok",
            }
        };
    }
}

fn mail(resends: u32) -> OutgoingMail {
    OutgoingMail {
        id: MessageId(Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b)),
        resends,
        to: Email::parse("budi@example.com").unwrap(),
        content: Content {
            subject: "Halo ünïcode\r\nBcc: x@evil.id".into(),
            text: "Halo\n.\nBudi\n".into(),
            html: "<p>Halo</p>".into(),
        },
        written_at: Timestamp::UNIX_EPOCH,
    }
}

async fn attempt(says: Says) -> Result<(), ChannelError> {
    let (url, _received) = serve(says).await;
    let channel = SmtpChannel::try_new(&url, "Toko <halo@toko.id>").unwrap();
    channel.send(&mail(0)).await
}

#[tokio::test]
async fn a_mail_keeps_its_name_on_every_try_and_its_headers_to_itself() {
    let (url, mut received) = serve(KIND).await;
    let channel = SmtpChannel::try_new(&url, "Toko <halo@toko.id>").unwrap();
    for resends in [0, 0, 1] {
        channel.send(&mail(resends)).await.unwrap();
        let mime = received.recv().await.unwrap();
        let headers = mime.split("\n\n").next().unwrap();
        let id = "Message-ID: <0192f0c1-2b3c-7d4e-8f50-617283940a1b";
        let domain = ["@toko.id>", ".1@toko.id>"][resends as usize];
        assert!(headers.contains(&format!("{id}{domain}")), "{headers}");
        assert!(headers.contains("To: budi@example.com"), "{headers}");
        assert!(!headers.contains("\nBcc:"), "{headers}");
        assert!(mime.contains("multipart/alternative") && mime.contains("<p>Halo</p>"), "{mime}");
    }
}

#[tokio::test]
async fn an_answer_says_whether_trying_again_helps() {
    let (transient, permanent) = (Retryability::Transient, Retryability::Permanent);
    let cases = [
        (Says { rcpt: "450 4.2.0 greylisted", ..KIND }, transient),
        (Says { rcpt: "550 5.1.1 no such user", ..KIND }, permanent),
        (Says { end: "554 5.7.1 spam", ..KIND }, permanent),
        (Says { end: "421 going down", ..KIND }, transient),
        (Says { hello: "421 too busy", ..KIND }, transient),
        (Says { rcpt: "530 5.7.0 log in first", ..KIND }, transient),
    ];
    for (says, expected) in cases {
        let error = attempt(says).await.unwrap_err();
        assert_eq!(error.retryability(), expected, "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_may_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let channel = SmtpChannel::try_new(&url, "halo@toko.id").unwrap();
    assert!(channel.send(&mail(0)).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn settings_are_checked_and_passwords_are_not_shown() {
    let bad = SmtpChannel::try_new("http://host", "halo@toko.id");
    assert!(matches!(bad, Err(SmtpConfigError::Url(_))));
    let bad = SmtpChannel::try_new("smtp://host", "halo");
    assert!(matches!(bad, Err(SmtpConfigError::From(_))));
    let channel = SmtpChannel::try_new("smtps://u:secret@host", "halo@toko.id").unwrap();
    assert!(!format!("{channel:?}").contains("secret"));
}
