#include "base/base_cases.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/catalog.h"

/* A .mo file made by hand, ids in byte order (GNU gettext manual, "The Format of GNU MO Files"). */
typedef struct {
    const char *text;
    size_t n;
} piece;
#define PIECE(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const piece ids[] = {PIECE(""),     PIECE("%d coach\0%d coaches"), PIECE("at risk"),
                            PIECE("days"), PIECE("one form\0many forms"), PIECE("untranslated")};
static const piece texts[] = {PIECE("Content-Type: text/plain; charset=UTF-8\n"),
                              PIECE("%d klantmanager\0%d klantmanagers"),
                              PIECE("at risk (nl)"),
                              PIECE("dagen"),
                              PIECE("enkel"),
                              PIECE("")};
enum { N = sizeof ids / sizeof *ids };

typedef struct {
    unsigned char bytes[1024];
    size_t n;
} mo_file;

static void put_word(mo_file *mo, size_t at, size_t value)
{
    for (size_t k = 0; k < 4; k++)
        mo->bytes[at + k] = (unsigned char)(value >> (8 * k));
}

static void put_pieces(mo_file *mo, size_t table, const piece *pieces)
{
    for (size_t i = 0; i < N; i++) {
        put_word(mo, table + 8 * i, pieces[i].n);
        put_word(mo, table + 8 * i + 4, mo->n);
        memcpy(mo->bytes + mo->n, pieces[i].text, pieces[i].n + 1);
        mo->n += pieces[i].n + 1;
    }
}

static mo_file make_mo(void)
{
    const size_t id_table = 28, text_table = 28 + (size_t)8 * N;
    mo_file mo = {{0}, 28 + (size_t)16 * N};
    put_word(&mo, 0, 0x950412de);
    put_word(&mo, 8, N);
    put_word(&mo, 12, id_table);
    put_word(&mo, 16, text_table);
    put_pieces(&mo, id_table, ids);
    put_pieces(&mo, text_table, texts);
    return mo;
}

START_TEST(test_texts)
{
    mo_file mo = make_mo();
    fp_arena *arena = fp_arena_create(FP_MIB);
    const fp_catalog *c = NULL;
    ck_assert_int_eq(fp_catalog_open(mo.bytes, mo.n, arena, &c, NULL), FP_OK);
    ck_assert_str_eq(fp_text(c, "days"), "dagen");
    ck_assert_str_eq(fp_text(c, "at risk"), "at risk (nl)");
    ck_assert_str_eq(fp_text(c, "at"), "at");
    ck_assert_str_eq(fp_text(c, "zzz"), "zzz");
    ck_assert_str_eq(fp_text(c, "untranslated"), "untranslated");
    ck_assert_int_eq(fp_catalog_has(c, "days"), 1);
    ck_assert_int_eq(fp_catalog_has(c, "untranslated"), 0);
    ck_assert_int_eq(fp_catalog_has(c, "weeks"), 0);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_none)
{
    ck_assert_str_eq(fp_text(NULL, "days"), "days");
    ck_assert_int_eq(fp_catalog_has(NULL, "days"), 0);
}
END_TEST

/* Open a copy of exactly n bytes, so that a read past the end is noticed, and look things up. */
static fp_status open_copy(const unsigned char *bytes, size_t n, fp_err *err)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    unsigned char *copy = malloc(n ? n : 1);
    const fp_catalog *c = NULL;
    memcpy(copy, bytes, n);
    fp_status status = fp_catalog_open(copy, n, arena, &c, err);
    if (status == FP_OK)
        for (size_t i = 0; i < N; i++) {
            const char *text = fp_text(c, ids[i].text);
            ck_assert_ptr_nonnull(text);
            ck_assert(text == ids[i].text || strlen(text) < n);
        }
    else
        ck_assert_ptr_null(c);
    free(copy);
    fp_arena_destroy(arena);
    return status;
}

START_TEST(test_truncated)
{
    mo_file mo = make_mo();
    fp_err err;
    for (size_t n = 0; n < mo.n; n++) {
        ck_assert_int_eq(open_copy(mo.bytes, n, &err), FP_INPUT);
        ck_assert_str_eq(err.message,
                         n < 28 ? "not a message catalogue" : "a damaged message catalogue");
    }
    ck_assert_int_eq(open_copy(mo.bytes, mo.n, &err), FP_OK);
}
END_TEST

START_TEST(test_damaged)
{
    mo_file good = make_mo();
    fp_err err;
    for (size_t i = 0; i < good.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            mo_file mo = good;
            mo.bytes[i] ^= (unsigned char)(1 << bit);
            fp_status status = open_copy(mo.bytes, mo.n, &err);
            ck_assert(status == FP_OK || status == FP_INPUT);
            ck_assert(i >= 4 || status == FP_INPUT); /* the magic number */
        }
}
END_TEST

TCase *case_catalog(void)
{
    TCase *tc = tcase_create("catalog");
    tcase_add_test(tc, test_texts);
    tcase_add_test(tc, test_none);
    tcase_add_test(tc, test_truncated);
    tcase_add_test(tc, test_damaged);
    return tc;
}
