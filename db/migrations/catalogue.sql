-- Every fact of the current schema: kind, relation, name, what makes it, what removes it.
WITH r AS (
    SELECT c.*, quote_ident(c.relname) AS quoted, c.oid AS id, 'ALTER TABLE ' || quote_ident(c.relname) AS alter_table
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')
      AND NOT c.relispartition AND c.relname <> 'alembic_version'
), columns AS (
    SELECT r.id, r.relname, r.alter_table, a.attnum, a.attname, a.attacl,
        quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS definition
    FROM r
    JOIN pg_attribute a ON a.attrelid = r.id AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.id AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p')
), constraints AS (
    SELECT r.id, r.relname, r.alter_table, k.conname, k.contype,
        'CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid, true) AS definition
    FROM r JOIN pg_constraint k ON k.conrelid = r.id WHERE k.contype <> 'n'
), functions AS (
    SELECT p.oid AS id, p.proowner, 'FUNCTION ' || p.oid::regprocedure AS object,
        COALESCE(p.proacl, acldefault('f', p.proowner)) AS acl
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
), rights AS (
    SELECT r.relname, r.quoted AS object, e.grantee, e.privilege_type AS word, r.relowner AS owner
    FROM r CROSS JOIN LATERAL aclexplode(r.relacl) e
    UNION ALL
    SELECT r.relname, r.quoted, e.grantee,
        e.privilege_type || ' (' || string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) || ')', r.relowner
    FROM r JOIN columns c USING (id) CROSS JOIN LATERAL aclexplode(c.attacl) e
    GROUP BY r.relname, r.quoted, e.grantee, e.privilege_type, r.relowner
    UNION ALL
    SELECT '', f.object, e.grantee, e.privilege_type, f.proowner
    FROM functions f CROSS JOIN LATERAL aclexplode(f.acl) e
), named AS (
    SELECT relname, object, word, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        AS role
    FROM rights WHERE grantee <> owner
)
SELECT 'function', '', object,
    regexp_replace(pg_get_functiondef(id), 'FUNCTION [^.(]+[.]', 'FUNCTION ')
    || E';\nREVOKE ALL ON ' || object || ' FROM PUBLIC',
    'DROP ' || object
FROM functions
UNION ALL
SELECT 'table', r.relname, COALESCE('PARTITION BY ' || pg_get_partkeydef(r.id), ''),
    'CREATE TABLE ' || r.quoted || E' (\n    ' || concat_ws(E',\n    ',
        (SELECT string_agg(c.definition, E',\n    ' ORDER BY c.attnum) FROM columns c WHERE c.id = r.id),
        (SELECT string_agg(k.definition, E',\n    ' ORDER BY position(k.contype::text IN 'pucx'), k.conname)
         FROM constraints k WHERE k.id = r.id AND k.contype <> 'f'))
    || E'\n)' || COALESCE(' PARTITION BY ' || pg_get_partkeydef(r.id), ''),
    ''
FROM r WHERE r.relkind IN ('r', 'p')
UNION ALL
SELECT 'column', relname, attname, alter_table || ' ADD COLUMN ' || definition, '' FROM columns
UNION ALL
SELECT CASE contype WHEN 'f' THEN 'reference' ELSE 'constraint' END, relname, conname,
    alter_table || ' ADD ' || definition, alter_table || ' DROP CONSTRAINT ' || quote_ident(conname)
FROM constraints
UNION ALL
SELECT 'index', r.relname, x.relname, pg_get_indexdef(x.oid, 0, true), 'DROP INDEX ' || quote_ident(x.relname)
FROM r JOIN pg_index i ON i.indrelid = r.id JOIN pg_class x ON x.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', r.relname, t.tgname, pg_get_triggerdef(t.oid, true),
    'DROP TRIGGER ' || quote_ident(t.tgname) || ' ON ' || r.quoted
FROM r JOIN pg_trigger t ON t.tgrelid = r.id JOIN functions f ON f.id = t.tgfoid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'view', relname, '',
    'CREATE VIEW ' || quoted || COALESCE(' WITH (' || array_to_string(reloptions, ', ') || ')', '')
    || E' AS\n' || rtrim(pg_get_viewdef(id, true), ';'),
    'DROP VIEW ' || quoted
FROM r WHERE relkind = 'v'
UNION ALL
SELECT 'security', relname, s.word, alter_table || ' ' || s.word || ' ROW LEVEL SECURITY',
    alter_table || CASE s.word WHEN 'FORCE' THEN ' NO FORCE' ELSE ' DISABLE' END || ' ROW LEVEL SECURITY'
FROM r CROSS JOIN LATERAL (VALUES ('ENABLE', relrowsecurity), ('FORCE', relforcerowsecurity)) s (word, kept)
WHERE s.kept
UNION ALL
SELECT 'policy', r.relname, p.policyname,
    'CREATE POLICY ' || quote_ident(p.policyname) || ' ON ' || r.quoted
    || CASE p.permissive WHEN 'PERMISSIVE' THEN '' ELSE ' AS RESTRICTIVE' END
    || CASE p.cmd WHEN 'ALL' THEN '' ELSE ' FOR ' || p.cmd END || ' TO ' || array_to_string(p.roles, ', ')
    || COALESCE(' USING (' || p.qual || ')', '') || COALESCE(' WITH CHECK (' || p.with_check || ')', ''),
    'DROP POLICY ' || quote_ident(p.policyname) || ' ON ' || r.quoted
FROM r JOIN pg_policies p ON p.tablename = r.relname AND p.schemaname = current_schema()
UNION ALL
SELECT 'grant', relname, role || ' ' || word || ' ' || object,
    'GRANT ' || word || ' ON ' || object || ' TO ' || role, 'REVOKE ' || word || ' ON ' || object || ' FROM ' || role
FROM named
