-- What was switched at run time survives a restart.
CREATE TABLE camera_switch (
    camera TEXT NOT NULL,
    key TEXT NOT NULL CHECK (key IN ('enabled', 'detect', 'record')),
    value TEXT NOT NULL CHECK (value <> configured),
    configured TEXT NOT NULL,
    user TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (camera, key)
) STRICT, WITHOUT ROWID;
