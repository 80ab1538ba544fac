CREATE TABLE access_tokens (
      hash BLOB PRIMARY KEY,
      operation_id INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
      write INTEGER NOT NULL CHECK (write IN (0, 1))
    , read INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1))) STRICT, WITHOUT ROWID;

CREATE TABLE agent_sessions (
      mac TEXT PRIMARY KEY,
      hash BLOB NOT NULL,
      used_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      who TEXT NOT NULL,
      action TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;

CREATE TABLE boot_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      mac TEXT NOT NULL,
      phase TEXT NOT NULL,
      detail TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;

CREATE TABLE boot_tokens (
      hash BLOB PRIMARY KEY,
      mac TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    , address TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;

CREATE TABLE classrooms (
      id INTEGER PRIMARY KEY,
      site_id INTEGER NOT NULL REFERENCES sites (id),
      name TEXT NOT NULL COLLATE NOCASE,
      network TEXT NOT NULL CHECK (json_valid(network)),
      enrolment_until INTEGER,
      enrolment_pattern TEXT,
      UNIQUE (site_id, name)
    ) STRICT;

CREATE TABLE computers (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      classroom_id INTEGER NOT NULL REFERENCES classrooms (id),
      group_id INTEGER,
      name TEXT NOT NULL COLLATE NOCASE,
      ip TEXT NOT NULL DEFAULT '',
      boot_mode TEXT NOT NULL DEFAULT 'live',
      map_column INTEGER,
      map_row INTEGER,
      maintenance INTEGER NOT NULL DEFAULT 0 CHECK (maintenance IN (0, 1)),
      seen_at INTEGER,
      UNIQUE (classroom_id, name),
      FOREIGN KEY (group_id, classroom_id) REFERENCES groups (id, classroom_id)
    ) STRICT;

CREATE TABLE disks (
      computer_id INTEGER NOT NULL REFERENCES hardware (computer_id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      number INTEGER NOT NULL,
      device TEXT NOT NULL,
      size INTEGER NOT NULL,
      sector_size INTEGER NOT NULL,
      model TEXT NOT NULL,
      serial TEXT NOT NULL,
      wwn TEXT NOT NULL,
      transport TEXT NOT NULL,
      removable INTEGER NOT NULL,
      label TEXT NOT NULL,
      table_id TEXT NOT NULL,
      PRIMARY KEY (computer_id, position)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
      id INTEGER PRIMARY KEY,
      classroom_id INTEGER NOT NULL REFERENCES classrooms (id),
      parent_id INTEGER,
      name TEXT NOT NULL COLLATE NOCASE,
      UNIQUE (id, classroom_id),
      FOREIGN KEY (parent_id, classroom_id) REFERENCES groups (id, classroom_id)
    ) STRICT;

CREATE TABLE hardware (
      computer_id INTEGER PRIMARY KEY REFERENCES computers (id) ON DELETE CASCADE,
      firmware TEXT NOT NULL,
      secure_boot INTEGER NOT NULL,
      manufacturer TEXT NOT NULL,
      product TEXT NOT NULL,
      serial TEXT NOT NULL,
      uuid TEXT NOT NULL,
      processor TEXT NOT NULL,
      cores INTEGER NOT NULL,
      memory INTEGER NOT NULL
    , cache TEXT CHECK (cache IS NULL OR json_valid(cache))) STRICT;

CREATE TABLE images (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      kind TEXT NOT NULL CHECK (kind IN ('partition', 'disk')),
      description TEXT NOT NULL
    ) STRICT;

CREATE TABLE interfaces (
      computer_id INTEGER NOT NULL REFERENCES hardware (computer_id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      mac TEXT NOT NULL,
      driver TEXT NOT NULL,
      ip TEXT NOT NULL,
      speed INTEGER NOT NULL, duplex TEXT, mtu INTEGER,
      PRIMARY KEY (computer_id, position)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE macs (
      mac TEXT PRIMARY KEY,
      computer_id INTEGER NOT NULL REFERENCES computers (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      UNIQUE (computer_id, position)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE operation_logs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      operation_id INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      level TEXT NOT NULL,
      text TEXT NOT NULL
    ) STRICT;

CREATE TABLE operations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      computer_id INTEGER NOT NULL,
      computer_name TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      task TEXT NOT NULL CHECK (json_valid(task)),
      requested_by TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      confirmed_at INTEGER,
      finished_at INTEGER,
      revision INTEGER,
      progress TEXT CHECK (json_valid(progress)),
      outcome TEXT CHECK (json_valid(outcome))
    ) STRICT;

CREATE TABLE packs (
      id TEXT PRIMARY KEY,
      revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
      size INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

CREATE TABLE partitions (
      computer_id INTEGER NOT NULL,
      disk_position INTEGER NOT NULL,
      position INTEGER NOT NULL,
      number INTEGER NOT NULL,
      start INTEGER NOT NULL,
      size INTEGER NOT NULL,
      type TEXT NOT NULL,
      uuid TEXT NOT NULL,
      name TEXT NOT NULL,
      attributes TEXT NOT NULL,
      bootable INTEGER NOT NULL,
      filesystem TEXT NOT NULL,
      label TEXT NOT NULL,
      filesystem_uuid TEXT NOT NULL,
      used INTEGER,
      system_family TEXT,
      system_name TEXT,
      PRIMARY KEY (computer_id, disk_position, position),
      FOREIGN KEY (computer_id, disk_position) REFERENCES disks (computer_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

CREATE TABLE published_manifests (
      operation_id INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
      manifest TEXT NOT NULL,
      PRIMARY KEY (operation_id, manifest)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE revision_packs (
      revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
      pack TEXT NOT NULL,
      size INTEGER NOT NULL,
      PRIMARY KEY (revision_id, pack)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      manifest TEXT NOT NULL UNIQUE,
      description TEXT NOT NULL,
      source TEXT NOT NULL,
      layout TEXT CHECK (json_valid(layout)),
      stored_bytes INTEGER NOT NULL, trashed_at INTEGER,
      UNIQUE (image_id, number)
    ) STRICT;

CREATE TABLE sites (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE
    ) STRICT;

CREATE TABLE volumes (
      revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
      partition INTEGER NOT NULL,
      filesystem TEXT NOT NULL,
      label TEXT NOT NULL,
      uuid TEXT NOT NULL,
      size INTEGER NOT NULL,
      used INTEGER NOT NULL,
      minimum_size INTEGER NOT NULL,
      mode TEXT NOT NULL,
      PRIMARY KEY (revision_id, partition)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX access_tokens_by_operation ON access_tokens (operation_id);

CREATE INDEX agent_sessions_by_use ON agent_sessions (used_at);

CREATE INDEX boot_events_by_mac ON boot_events (mac, id);

CREATE INDEX boot_tokens_by_asker ON boot_tokens (mac, address, expires_at);

CREATE INDEX boot_tokens_by_expiry ON boot_tokens (expires_at);

CREATE UNIQUE INDEX groups_by_name ON groups (classroom_id, ifnull(parent_id, 0), name);

CREATE INDEX operation_logs_by_operation ON operation_logs (operation_id, id);

CREATE INDEX operations_by_computer ON operations (computer_id, id);

CREATE INDEX operations_queued ON operations (computer_id, id) WHERE state = 'queued';

CREATE UNIQUE INDEX operations_running ON operations (computer_id) WHERE state = 'running';

CREATE INDEX packs_by_revision ON packs (revision_id);
