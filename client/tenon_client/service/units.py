"""What each system's service manager is given to start a supervisor at login. Pure.

In: the service's name, the command that runs its supervisor. Out: a systemd user unit, a LaunchAgent's
property list, a Task Scheduler definition.
"""

from __future__ import annotations

import plistlib
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

# The supervisor's exit codes after which it is no use to start it again: it has given up, or its definition
# is wrong (EX_SOFTWARE and EX_CONFIG of sysexits.h).
GIVEN_UP, WRONG_DEFINITION = 70, 78

STOP_TIMEOUT = 60  # seconds; more than the supervisor takes to end Blender
WATCHDOG = 120  # seconds; more than it takes to find that Blender hangs and to kill it


def unit_name(name: str) -> str:
    return f"tenon-{name}.service"


def label(name: str) -> str:
    """Of a LaunchAgent, and of a scheduled task."""
    return f"tenon-{name}"


def systemd_unit(name: str, command: Sequence[str], window: bool) -> str:
    """A window needs a display, which a session has and the user's manager at boot has not."""
    target = "graphical-session.target" if window else "default.target"
    after = f"After={target}\nPartOf={target}\n" if window else ""
    return f"""\
[Unit]
Description=Blender kept running by Tenon ({name})
{after}StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={" ".join(map(systemd_quoted, command))}
Restart=on-failure
RestartSec=5
RestartPreventExitStatus={GIVEN_UP} {WRONG_DEFINITION}
TimeoutStartSec=infinity
TimeoutStopSec={STOP_TIMEOUT}
WatchdogSec={WATCHDOG}
KillMode=mixed

[Install]
WantedBy={target}
"""


def systemd_quoted(word: str) -> str:
    """A word of ExecStart: quotes, backslashes, specifiers and variables mean themselves."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return word if re.fullmatch(r"[\w./:=@+,-]+", word) else f'"{word}"'


def launch_agent(name: str, command: Sequence[str], window: bool, log: Path) -> str:
    """launchd starts again what ends badly: the command has to end with 0 once it has given up."""
    described = {
        "Label": label(name),
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False, "Crashed": True},
        "ThrottleInterval": 10,
        "ExitTimeOut": STOP_TIMEOUT,
        "ProcessType": "Interactive" if window else "Background",
        "StandardOutPath": str(log),
        "StandardErrorPath": str(log),
    }
    return plistlib.dumps(described).decode()


def scheduled_task(name: str, command: Sequence[str], user: str) -> str:
    """`user` is DOMAIN\\name. The defaults would end it after 72 hours, and not start it on battery."""
    program, *arguments = command
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Blender kept running by Tenon ({escape(name)})</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{escape(user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{escape(user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>true</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
