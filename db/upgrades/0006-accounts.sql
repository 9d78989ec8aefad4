-- Tokens belong to whoever made them; refused logins have a bounded place of their own.
ALTER TABLE api_token ADD COLUMN user_id INTEGER REFERENCES user (id) ON DELETE CASCADE;
ALTER TABLE api_token ADD COLUMN maker TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN last_used_at_us INTEGER;

-- Who made the tokens that exist is in the audit log, as far back as that goes.
UPDATE api_token SET maker = coalesce((SELECT user FROM audit WHERE action = 'token_add'
    AND detail = api_token.name || ' as ' || api_token.role ORDER BY id DESC LIMIT 1), '');
UPDATE api_token SET user_id = (SELECT id FROM user WHERE name = api_token.maker AND created_at_us <= api_token.created_at_us);
-- A token whose maker was removed since ends now, as it would have then.
INSERT INTO audit (at_us, user, address, action, detail)
    SELECT unixepoch() * 1000000, 'local', 'local', 'token_remove', name || ': its maker ' || maker || ' was removed' FROM api_token
    WHERE user_id IS NULL AND maker NOT IN ('', 'local') AND maker NOT LIKE 'token %';
DELETE FROM api_token WHERE user_id IS NULL AND maker NOT IN ('', 'local') AND maker NOT LIKE 'token %';

CREATE TABLE failed_login (
    user TEXT NOT NULL,
    address TEXT NOT NULL,
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries > 0),
    PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_login_by_time ON failed_login (last_at_us);

-- What was typed as a name may have been a password: only names of accounts stay.
INSERT INTO failed_login
    SELECT CASE WHEN user IN (SELECT name FROM user) THEN user ELSE 'unknown' END AS who, address, min(at_us), max(at_us), count(*)
    FROM audit WHERE action = 'login_failed' GROUP BY who, address ORDER BY max(at_us) DESC LIMIT 1000;
DELETE FROM audit WHERE action = 'login_failed';
CREATE INDEX audit_login ON audit (user, address) WHERE action = 'login';
