"""Chromium without a screen, driven through chromedriver's HTTP protocol (W3C WebDriver), with Python's library alone."""

import base64
import json
import pathlib
import re
import subprocess
import urllib.request


class Browser:
    """A browser; use it in a `with` statement."""

    def __init__(self):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.session = None
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                self.address = f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise SystemExit("chromedriver does not start")
        # Without a sandbox, as root may not have one; without QUIC and updates, as nothing may be fetched.
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        arguments += ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
        answer = self.call(
            "POST",
            "/session",
            {
                "capabilities": {
                    "alwaysMatch": {
                        "goog:chromeOptions": {"args": arguments},
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                    }
                }
            },
        )
        self.session = f"/session/{answer['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.session:
            self.call("DELETE", self.session)
        self.driver.terminate()
        self.driver.wait()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def devtools(self, command, **parameters):
        """A command of Chrome's DevTools protocol."""
        return self.call("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def paper(self, width, scheme, media="screen"):
        """As if on a screen `width` pixels wide, in the light or the dark scheme, or in print."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.devtools(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def open(self, path):
        """Opens a file; what earlier pages logged is dropped."""
        self.logs("browser")
        self.logs("performance")
        self.call("POST", self.session + "/url", {"url": pathlib.Path(path).resolve().as_uri()})

    def logs(self, kind):
        return self.call("POST", self.session + "/se/log", {"type": kind})

    def requests(self):
        """The addresses that the page asked for, its own among them."""
        events = [json.loads(entry["message"])["message"] for entry in self.logs("performance")]
        return [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]

    def run(self, script, *arguments):
        """What a script returns."""
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, key):
        """Presses a key, by its code in WebDriver."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call(
            "POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}
        )

    def picture(self, path):
        """Writes the whole page as a PNG."""
        answer = self.devtools("Page.captureScreenshot", captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(answer["data"]))
