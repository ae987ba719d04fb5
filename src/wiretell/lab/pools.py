"""Level pools: priors of what a vendor could discriminate by. Data only; `facts` makes the catalogue of it.

How the pools were chosen. None is copied from a list that some agent carries: each is a cover over *kinds* of value
(top-level domain, cloud, AI lab, relay-like name; region of a zone; script of a name), so that a hidden list which was
never seen still has a member, a suffix or a keyword in the pool. Names are chosen for what a classifier could see in
them and say nothing about who uses them.

Host names are an invented label, alone under a reserved name (RFC 2606, RFC 6761) or under a real suffix, so that
suffix rules and keyword rules both fire and nothing outside the lab is named. Riders of `base_url` are all `http` like
the baseline: the host is then all that differs (runtimes change headers with the scheme by themselves).

Values that an agent might echo are unlikely strings (`q7canary`), so that an echo can be found.
"""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.model.world import OFFICIAL, UNSET

REAL_CLOCK = "real"
"""The level of `clock` at which nothing is preloaded and the machine's clock is seen."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The levels of one fact. `paired[0]` is the baseline."""

    fact: str
    summary: str
    paired: tuple[str, ...]
    riders: tuple[str, ...] = ()


BASE_URL = Pool(
    "base_url",
    "where the agent is told to send its model requests",
    # The official host closes gates that a custom one opens; https tells scheme and host apart.
    ("http://127.0.0.1", OFFICIAL, "https://gateway.corp.example", "http://deepseek.localhost"),
    (
        # by top-level domain
        "http://gateway.wiretell-lab.cn",
        "http://gateway.wiretell-lab.ru",
        "http://gateway.wiretell-lab.ir",
        "http://gateway.wiretell-lab.kp",
        "http://gateway.wiretell-lab.internal",
        # by cloud
        "http://wiretell-lab.cn-hangzhou.aliyuncs.com",
        "http://wiretell-lab.execute-api.us-east-1.amazonaws.com",
        "http://wiretell-lab.azurewebsites.net",
        "http://wiretell-lab.a.run.app",
        # by AI lab
        "http://wiretell-lab.moonshot.ai",
        "http://zhipu-bigmodel.localhost",
        "http://wiretell-lab.minimax.io",
        "http://qwen-dashscope.wiretell-lab.dev",
        "http://wiretell-lab.ark.cn-beijing.volces.com",
        "http://wiretell-lab.openai.com",
        "http://wiretell-lab.mistral.ai",
        "http://wiretell-lab.x.ai",
        "http://gemini.wiretell-lab.example",
        # by relay-like name
        "http://api.relay-hub.example",
        "http://one-api.wiretell-lab.io",
        "http://claude-proxy.example",
        "http://openrouter.wiretell-lab.example",
        # a local gateway on a port of its own
        "http://localhost:4000",
        # AI-lab name and top-level domain together: rules that set one bit each set both
        "http://deepseek.wiretell-lab.cn",
    ),
)

TIMEZONE = Pool(
    "timezone",
    "TZ, /etc/localtime and /etc/timezone together",
    ("Etc/UTC", "America/New_York", "Asia/Shanghai", "Europe/Moscow"),
    (
        "Asia/Urumqi",
        "Asia/Hong_Kong",
        "Asia/Taipei",
        "Asia/Macau",
        "Asia/Singapore",
        "Asia/Tokyo",
        "Asia/Seoul",
        "Asia/Pyongyang",
        "Asia/Tehran",
        "Asia/Damascus",
        "Asia/Baghdad",
        "Asia/Dubai",
        "Asia/Kolkata",
        "Asia/Ho_Chi_Minh",
        "Europe/Minsk",
        "Europe/Simferopol",
        "Europe/Kyiv",
        "Europe/Berlin",
        "America/Havana",
        "America/Caracas",
        "America/Sao_Paulo",
        "Africa/Khartoum",
        "Africa/Lagos",
        "Australia/Sydney",
    ),
)

LOCALE = Pool(
    "locale",
    "LANG and LC_ALL",
    ("en_US.UTF-8", "zh_CN.UTF-8", "ru_RU.UTF-8", "fa_IR.UTF-8"),
    (
        "de_DE.UTF-8",
        "ja_JP.UTF-8",
        "ko_KR.UTF-8",
        "zh_TW.UTF-8",
        "ar_SA.UTF-8",
        "he_IL.UTF-8",
        "hi_IN.UTF-8",
        "tr_TR.UTF-8",
        "uk_UA.UTF-8",
        "pt_BR.UTF-8",
        "C.UTF-8",
    ),
)

CLOCK = Pool(
    "clock",
    "the wall clock at the start of a run, by libfaketime; `real` preloads nothing",
    (REAL_CLOCK, "2027-03-14T09:26:53Z"),
    # 22:30 UTC on New Year's Eve: the date is already another one east of +01:30.
    ("2028-12-31T22:30:00Z",),
)

HOSTNAME = Pool(
    "hostname",
    "the machine's name: UTS name, /etc/hostname and /etc/hosts",
    ("devbox-7h", "q7canary-host"),
    ("ip-10-20-30-40", "DESKTOP-Q7CANRY", "q7canary-runner.wiretell-lab.cn"),
)

USERNAME = Pool(
    "username",
    "the passwd entry, USER and LOGNAME, not HOME",
    ("dev", "q7canary-user"),
    ("runner", "ubuntu"),
)

HOME = Pool("home", "the home folder", ("/home/dev", "/Users/q7canary-home"), ("/srv/q7canary-homes/u1000",))

CWD = Pool(
    "cwd",
    "the working folder, a git repository",
    ("/home/dev/work", "/srv/q7canary-project"),
    ("/workspaces/q7canary-space", "/home/dev/测试-q7canary"),
)

GIT_USER = Pool(
    "git_user",
    "user.name of the global git configuration",
    ("Robin Q. Devlin", "Q7Canary Gituser"),
    ("测试用户", "Тестовый Пользователь"),
)

GIT_EMAIL = Pool(
    "git_email",
    "user.email of the global git configuration",
    ("robin.q.devlin@mail.example", "q7canary@corp-q7.example"),
    (
        "q7canary@wiretell-lab.cn",
        "q7canary@wiretell-lab.ru",
        "q7canary@wiretell-lab.edu",
        "q7canary@users.openai.example",
    ),
)

GIT_REMOTE = Pool(
    "git_remote",
    "URL of `origin` in the working repository",
    (UNSET, "https://github.com/q7canary-org/q7canary-repo.git", "git@git.q7canary-corp.example:platform/q7canary.git"),
    (
        "https://gitlab.wiretell-lab.cn/q7canary-group/q7canary.git",
        "https://gitee.com/q7canary-org/q7canary-repo.git",
        "https://github.com/deepseek-q7canary/q7canary-model.git",
        "ssh://git@gitlab.openai-q7canary.example/q7canary/monorepo.git",
    ),
)

HTTP_PROXY = Pool(
    "http_proxy",
    "http_proxy and https_proxy in both cases of letters, with no_proxy for loopback",
    (UNSET, "http://proxy.wiretell-lab.example:3128"),
    ("http://proxy.wiretell-lab.cn:7890",),
)

MACHINE_ID = Pool(
    "machine_id",
    "/etc/machine-id and /var/lib/dbus/machine-id",
    ("3f1c9a5e7b2d4860a1c3e5f708192a3b", "c7ca9a27d0e84b1fb6a2954e83f1d60c"),
)

CI = Pool("ci", "CI and one service's usual variables", (UNSET, "github"), ("gitlab", "jenkins"))

POOLS = (
    BASE_URL,
    TIMEZONE,
    LOCALE,
    CLOCK,
    HOSTNAME,
    USERNAME,
    HOME,
    CWD,
    GIT_USER,
    GIT_EMAIL,
    GIT_REMOTE,
    HTTP_PROXY,
    MACHINE_ID,
    CI,
)
STRUCTURAL: dict[str, tuple[str, ...]] = {
    "base_url": ("http://127.0.0.1", OFFICIAL, "https://gateway.corp.example"),
    "timezone": ("Etc/UTC",),
}
"""What is left of pools whose other levels are guesses at a hidden list, when an audit does without guesses.

A custom host, the vendor's own, and https to tell scheme from host stay; so does every other fact: those levels are
surroundings that people have, not members of a list.
"""

CI_VARIABLES: dict[str, dict[str, str]] = {
    "github": {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "q7canary-actor",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "q7canary-org/q7canary-ci",
        "GITHUB_RUN_ID": "7340912856",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_WORKFLOW": "q7canary-workflow",
        "RUNNER_ARCH": "X64",
        "RUNNER_OS": "Linux",
    },
    "gitlab": {
        "CI": "true",
        "CI_JOB_ID": "7340912857",
        "CI_PIPELINE_ID": "7340912858",
        "CI_PROJECT_PATH": "q7canary-group/q7canary-ci",
        "CI_SERVER_URL": "https://gitlab.com",
        "GITLAB_CI": "true",
    },
    "jenkins": {
        "BUILD_ID": "7340",
        "BUILD_NUMBER": "7340",
        "CI": "true",
        "JENKINS_URL": "http://jenkins.q7canary-corp.example:8080/",
        "JOB_NAME": "q7canary-ci",
    },
}
"""Level of `ci` -> the variables that service sets, the few that programs look for."""

DEFAULT_ENV: dict[str, str] = {"SHELL": "/bin/bash", "TERM": "xterm-256color"}
"""Variables that a session has and no fact of the catalogue sets; the baseline of `env:SHELL` and `env:TERM`."""
