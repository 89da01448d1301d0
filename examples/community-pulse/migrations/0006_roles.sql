-- Editors may use the sync API, readers may not.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'reader' CHECK (role IN ('reader', 'editor'));

-- The first account was made with the token of the app.
UPDATE users SET role = 'editor' WHERE id = (SELECT min(id) FROM users);
