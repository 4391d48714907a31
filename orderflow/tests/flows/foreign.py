"""Publishes to RabbitMQ as somebody who is not OrderFlow.

Usage: foreign.py AMQP_URL EXCHANGE < cases.json

A case: {"key": routing key, "body": text, or "base64": bytes, "properties": {...}}. Confirms are on,
so that what was published is there when this ends.
"""

import base64
import json
import sys

import pika

url, exchange = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()
for case in json.load(sys.stdin):
    body = base64.b64decode(case["base64"]) if "base64" in case else case["body"].encode()
    properties = pika.BasicProperties(delivery_mode=2, **case.get("properties", {}))
    channel.basic_publish(exchange, case["key"], body, properties, mandatory=True)
connection.close()
