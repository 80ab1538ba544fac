export const usageEs = `clonaula ORDEN [OPCIÓN…]

  serve                          una consola sin ventana; Ctrl+C la termina
    --address IP --dhcp proxy|full|off --web DIRECCIÓN:PUERTO|unix:RUTA|off
    --unicast-speed MBIT/S --unicast-clients N
    --live CARPETA --boot CARPETA --log-level NIVEL --start-address
  status                         dirección, servicios, sistema vivo
  doctor [--long]                examina la red: cable, servidores DHCP y PXE, puertos, multicast;
                                 --long: cinco minutos, también si el multicast dura
  computers [list]
  computers show ORDENADOR       discos, particiones y qué contienen
  computers adopt MAC NOMBRE [--classroom AULA]
  computers add NOMBRE MAC… [--classroom AULA]
  computers remove ORDENADOR…
  computers enrol [AULA] --minutes N --names pc-##
                                 adoptar sin preguntar lo que arranque en esos minutos; 0 lo termina
  computers boot-mode live|disk|live-admin|ipxe-live ORDENADOR…
  computers power start|restart|shutdown ORDENADOR…
  pending                        ordenadores que han arrancado y nadie conoce
  images [list] [--trash]
  images show IMAGEN
  images trash IMAGEN@REVISIÓN   a la papelera; vuelve con images untrash IMAGEN@REVISIÓN
  images purge [--yes]           la vacía para siempre; sin --yes solo muestra qué se elimina
  capture ORDENADOR DESTINO IMAGEN [--description TEXTO] [--mode filesystem|used|sector]
    [--no-clean] [--no-shrink] [--into-cache] [--no-wait]
                                 filesystem limpia y reduce el origen mientras se captura; used no lo toca; sector: todo
  restore IMAGEN DESTINO ORDENADOR… [--revision N] [--volume N] [--no-delta] [--verify] [--discard]
    [--method MÉTODO] [--restart] [--no-postconfigure] [--dry-run] [--yes] [--no-wait]
                                 --classroom AULA en vez de ordenadores: toda el aula
  deploy ORDENADOR… --image IMAGEN[@REVISIÓN][:VOLUMEN] --partition DESTINO [--transfer TRANSFERENCIA] [--cache-only]
    [--port N] [--mode full-duplex|half-duplex] [--address IP] [--speed MBIT/S] [--max-clients N] [--max-wait S]
    [--p2p-mode peer|leecher|seeder] [--p2p-time S] [--print]
                                 actualiza la CACHE y restaura de ella, sin cambiar nunca de método; lo que no se dice de
                                 la red es como en el aula; además, las opciones de restore; --print: los comandos, sin más
  deploy ORDENADOR… [--run COMANDO]…  comandos como los muestra --print, editados
  cache [list] [ORDENADOR…]      qué guardan los ordenadores en su propio disco
  cache prepare DISCO ORDENADOR… [--size GB] [--yes]
                                 crea la CACHE al final de un disco, en lo que tenga libre
  cache update IMAGEN ORDENADOR… [--revision N] [--method MÉTODO]
  cache delete IMAGEN[@REVISIÓN] ORDENADOR…
  cache publish IMAGEN ORDENADOR [--name NOMBRE] [--description TEXTO]
                                 al repositorio, lo que se creó con capture --into-cache
  cache format ORDENADOR… [--yes] la vacía
  operations [--computer ORDENADOR] [--limit N]
  log ID [--follow]
  cancel ID                      y lo que espera detrás del mismo despliegue, en ese ordenador
  image help                     imágenes sin consola: crear, restaurar, comprobar, importar, montar…
  users [list]
  users add NOMBRE [--role viewer|technician|administrator] [--password-file FICHERO]
  users remove NOMBRE
  audit [--limit N]              quién hizo qué, y quién entró

  ORDENADOR  nombre, aula/nombre o dirección MAC     DESTINO  1 (disco 1), 1:3 (su partición 3)
  MÉTODO     UNICAST-DIRECT (si no se dice), UNICAST-CACHE, MULTICAST-DIRECT, MULTICAST-CACHE, TORRENT-CACHE
  TRANSFERENCIA  UNICAST (si no se dice), MULTICAST, TORRENT; MULTICAST-DIRECT, UNICAST-DIRECT: sin CACHE

  --data CARPETA  los datos de la consola (CLONAULA_DATA)
  --lang es|en    idioma (CLONAULA_LANG, LANG)
  --json          para programas
  --version, --help

El código de salida es el código de resultado: 0 es correcto (docs/cli.md).`
