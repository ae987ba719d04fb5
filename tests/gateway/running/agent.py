"""A stand-in for an agent: does what its first argument says, and tells what it sees."""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
import time
import urllib.request


def told() -> None:
    document = {"arguments": sys.argv[2:], "env": dict(os.environ), "input": sys.stdin.read()}
    print(json.dumps(document))


def ask_official() -> None:
    """Ask an official host by name, as an agent whose environment names a proxy and certificates."""
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    proxy = urllib.request.ProxyHandler({"https": os.environ["HTTPS_PROXY"]})
    opener = urllib.request.build_opener(proxy, urllib.request.HTTPSHandler(context=context))
    with opener.open("https://api.anthropic.com/v1/models", timeout=10) as response:
        print(response.read().decode())


def ask_model() -> None:
    """Send one model request to the base URL, as an agent does."""
    body = json.dumps({"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}).encode()
    headers = {
        "x-api-key": "fake",
        "content-type": "application/json",
        "user-agent": "claude-cli/2.1.91 (external, cli)",
    }
    request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", body, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as response:
        print(response.read().decode())


def wait_for_signal() -> None:
    def end(number: int, _: object) -> None:
        print(signal.Signals(number).name, flush=True)
        sys.exit(9)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, end)
    print("ready", flush=True)
    time.sleep(30)


match sys.argv[1]:
    case "tell":
        told()
    case "official":
        ask_official()
    case "model":
        ask_model()
    case "wait":
        wait_for_signal()
    case "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    case code:
        sys.exit(int(code))
