/* sha256: see sha256.h. */
#include "text/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

void sha256_text(str bytes, char ret[SHA256_TEXT])
{
    unsigned char digest[(SHA256_TEXT - 1) / 2];
    unsigned count = sizeof digest;
    if (EVP_Digest(bytes.ptr, bytes.len, digest, &count, EVP_sha256(), NULL) != 1) {
        abort();
    }
    str_hex(digest, sizeof digest, ret);
}
