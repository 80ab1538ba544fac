export const usageEn = `clonaula COMMAND [OPTION…]

  serve                          run a console without a window; Ctrl+C ends it
    --address IP --dhcp proxy|full|off --web ADDRESS:PORT|unix:PATH|off
    --unicast-speed MBIT/S --unicast-clients N
    --live FOLDER --boot FOLDER --log-level LEVEL --start-address
  status                         address, services, live system
  doctor [--long]                examines the network: cable, DHCP and PXE servers, ports, multicast;
                                 --long: five minutes, also whether multicast lasts
  computers [list]
  computers show COMPUTER        disks, partitions, what they hold
  computers adopt MAC NAME [--classroom NAME]
  computers add NAME MAC… [--classroom NAME]
  computers remove COMPUTER…
  computers enrol [CLASSROOM] --minutes N --names pc-##
                                 adopt by itself what boots in the next minutes; 0 stops
  computers boot-mode live|disk|live-admin|ipxe-live COMPUTER…
  computers power start|restart|shutdown COMPUTER…
  pending                        computers that booted and nobody knows
  images [list] [--trash]
  images show IMAGE
  images trash IMAGE@REVISION    it can be had back: images untrash IMAGE@REVISION
  images purge [--yes]           empties the trash for good; without --yes only shows what goes
  capture COMPUTER TARGET IMAGE [--description TEXT] [--mode filesystem|used|sector]
    [--no-clean] [--no-shrink] [--into-cache] [--no-wait]
                                 filesystem cleans and shrinks the source while it is read; used leaves it; sector: all of it
  restore IMAGE TARGET COMPUTER… [--revision N] [--volume N] [--no-delta] [--verify] [--discard]
    [--method METHOD] [--restart] [--no-postconfigure] [--dry-run] [--yes] [--no-wait]
                                 --classroom NAME instead of computers: all of it
  deploy COMPUTER… --image IMAGE[@REVISION][:VOLUME] --partition TARGET [--transfer TRANSFER] [--cache-only]
    [--port N] [--mode full-duplex|half-duplex] [--address IP] [--speed MBIT/S] [--max-clients N] [--max-wait S]
    [--p2p-mode peer|leecher|seeder] [--p2p-time S] [--print]
                                 updates the CACHE and restores from it, and never changes the method; what is not said of
                                 the network is as in the classroom; besides, restore's options; --print: the commands, no more
  deploy COMPUTER… [--run COMMAND]…  commands as --print shows them, edited
  cache [list] [COMPUTER…]       what computers keep on their own disks
  cache prepare DISK COMPUTER… [--size GB] [--yes]
                                 makes the CACHE at the end of a disk, in what is free of it
  cache update IMAGE COMPUTER… [--revision N] [--method METHOD]
  cache delete IMAGE[@REVISION] COMPUTER…
  cache publish IMAGE COMPUTER [--name NAME] [--description TEXT]
                                 into the repository, what was made with capture --into-cache
  cache format COMPUTER… [--yes] empties it
  operations [--computer COMPUTER] [--limit N]
  log ID [--follow]
  cancel ID                      and what waits behind it of the same deployment, on that computer
  image help                     images without a console: capture, restore, verify, import, mount …
  users [list]
  users add NAME [--role viewer|technician|administrator] [--password-file FILE]
  users remove NAME
  audit [--limit N]              who did what, and who logged in

  COMPUTER  name, classroom/name or MAC address      TARGET  1 (disk 1), 1:3 (its partition 3)
  METHOD     UNICAST-DIRECT (unless said), UNICAST-CACHE, MULTICAST-DIRECT, MULTICAST-CACHE, TORRENT-CACHE
  TRANSFER   UNICAST (unless said), MULTICAST, TORRENT; MULTICAST-DIRECT, UNICAST-DIRECT: without a CACHE

  --data FOLDER   the console's data (CLONAULA_DATA)
  --lang es|en    language (CLONAULA_LANG, LANG)
  --json          for programs
  --version, --help

The exit code is the result code: 0 is success (docs/cli.md).`
