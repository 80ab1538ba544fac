# Functions of both stages of the live system; sourced by init1 and init.

export PATH=/usr/bin LANG=C.UTF-8

# Linux makes ttyS0 even where there is no such port (type 0, PORT_UNKNOWN), and writing to it fails.
CONSOLES=/dev/tty0
SERIAL=/dev/null
find_consoles() {
  read -r port_type 2>/dev/null </sys/class/tty/ttyS0/type || return 0
  [ "$port_type" != 0 ] || return 0
  stty -F /dev/ttyS0 115200 2>/dev/null
  SERIAL=/dev/ttyS0
  CONSOLES="/dev/tty0 $SERIAL"
}

# say SPANISH ENGLISH: a message on every console, with the seconds since the kernel started.
say() {
  for console in $CONSOLES; do
    printf '\r[%4s] %s\n       %s\n' "$(seconds_up)" "$1" "$2" >"$console"
  done
}

# option KEY: value of KEY=VALUE on the kernel command line; nothing if it is not there.
option() {
  tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1
}

# Loads the drivers of all devices, again while that makes new devices appear (USB behind its host controller).
coldplug() {
  before=
  while now=$(wc -l </proc/modules) && [ "$now" != "$before" ]; do
    before=$now
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | tr '\n' '\0' | xargs -0 modprobe -qab 2>/dev/null
    sleep 0.2
  done
}

seconds_up() {
  cut -d. -f1 /proc/uptime
}
