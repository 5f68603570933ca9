-- Base64 as it stands in tokens: two other characters, no padding, one line.
create or replace function base64url(bytes bytea) returns text
  language sql immutable strict parallel safe
  return translate(encode(bytes, 'base64'), E'+/=\n', '-_');
