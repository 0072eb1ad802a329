/* The receive side of the API, compiled: the twin of sentences.py, with equal results, equal errors, equal bounds.
 *
 * Three memories make it fast, all of a fixed size and shared by all parsers: the words of a fleet are mostly the same
 * ones (slots), counters differ but their names do not (names), and rows of one menu have the same names in the same
 * order and many of the same values, so that a row begins as a copy of an earlier one (shapes). A later entry takes the
 * place of an earlier one.
 *
 * Making an object may run a garbage collection, and that may run anything, another parser too: whatever is used after
 * that is held by a reference of its own, or is a copy.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define SLOTS 8192
#define KEPT 43
#define NAMES 1024
#define LONGEST_NAME 46
#define SHAPES 256
#define WIDEST 96

#ifdef __GNUC__
#define PREFETCH(place) __builtin_prefetch(place)
#else
#define PREFETCH(place) ((void)0)
#endif

typedef struct {
    PyObject *name, *value;
    uint32_t hash;
    uint8_t size;
    char word[KEPT];
} Slot;

typedef struct {
    PyObject *name;
    uint8_t size;
    char word[LONGEST_NAME];
} Name;

typedef struct {
    PyObject *row; /* a row of these names and values, which nobody else has */
    Py_ssize_t count;
    PyObject **names, **values; /* one block; a value of no use to others is an empty one */
} Shape;

typedef struct {
    PyObject *error, *standard, *tag, *text, *empty, *data;
    PyTypeObject *parser;
    Slot *slots;
    Name *names;
    Shape *shapes;
} State;

typedef struct {
    PyObject_HEAD
    Py_ssize_t most_word, most_words, most_bytes;
    char *kept;                     /* the sentence that is not whole yet, from its first byte */
    Py_ssize_t size, room;          /* bytes in it, and bytes that it has room for */
    Py_ssize_t seen, words;         /* where its first word that is not whole begins, and how many stand before that */
    Py_ssize_t need;                /* bytes until looking again is worth while */
    int busy;                       /* it reads, and whatever runs meanwhile must not let it read more */
} Parser;

typedef struct {
    const char *data;
    Py_ssize_t size;
} Span;

/* ---- text ---- */

static uint32_t mix(const char *data, Py_ssize_t size)
{
    uint64_t sum = 0x9E3779B97F4A7C15u ^ (uint64_t)size, part;
    const char *end = data + size;
    if (size >= 8) {
        for (; end - data > 8; data += 8) {
            memcpy(&part, data, 8);
            sum = (sum ^ part) * 0xD6E8FEB86659FD93u;
            sum ^= sum >> 32;
        }
        memcpy(&part, end - 8, 8);
    } else {
        part = 0;
        memcpy(&part, data, (size_t)size);
    }
    sum = (sum ^ part) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(sum >> 32);
}

/* Compare words of one size; most are short, and a call would cost more than the comparison. */
static inline int equal(const char *one, const char *other, Py_ssize_t size)
{
    uint64_t a, b, differ = 0;
    if (size < 8) {
        for (Py_ssize_t place = 0; place < size; place++)
            differ |= (uint64_t)(one[place] ^ other[place]);
        return !differ;
    }
    for (Py_ssize_t place = 0; place < size; place += 8) {
        Py_ssize_t from = place + 8 <= size ? place : size - 8;
        memcpy(&a, one + from, 8);
        memcpy(&b, other + from, 8);
        differ |= a ^ b;
    }
    return !differ;
}

static int is_ascii(const char *data, Py_ssize_t size)
{
    uint64_t high = 0, part;
    for (; size >= 8; data += 8, size -= 8) {
        memcpy(&part, data, 8);
        high |= part;
    }
    for (; size; data++, size--)
        high |= (uint64_t)(unsigned char)*data;
    return !(high & 0x8080808080808080u);
}

static PyObject *ascii(State *state, const char *data, Py_ssize_t size)
{
    if (size < 2)
        return size ? PyUnicode_DecodeLatin1(data, size, NULL) : Py_NewRef(state->empty);
    PyObject *made = PyUnicode_New(size, 127);
    if (made)
        memcpy(PyUnicode_DATA(made), data, (size_t)size);
    return made;
}

/* Tell whether bytes are UTF-8: 1, 0, or -1 with an exception that is none of theirs. */
static int is_utf8(const char *data, Py_ssize_t size)
{
    PyObject *made = PyUnicode_DecodeUTF8(data, size, NULL);
    if (made) {
        Py_DECREF(made);
        return 1;
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

static PyObject *decoded(State *state, Span span, int plain, int utf8)
{
    if (plain)
        return ascii(state, span.data, span.size);
    return utf8 ? PyUnicode_DecodeUTF8(span.data, span.size, NULL) : PyUnicode_DecodeLatin1(span.data, span.size, NULL);
}

static PyObject *interned(State *state, Span span, int plain, int utf8)
{
    Name *name = NULL;
    if (plain && span.size && span.size <= LONGEST_NAME) {
        name = &state->names[mix(span.data, span.size) & (NAMES - 1)];
        if (name->name && name->size == span.size && equal(name->word, span.data, span.size))
            return Py_NewRef(name->name);
    }
    PyObject *made = decoded(state, span, plain, utf8);
    if (!made)
        return NULL;
    PyUnicode_InternInPlace(&made);
    if (name) {
        name->size = (uint8_t)span.size;
        memcpy(name->word, span.data, (size_t)span.size);
        Py_XSETREF(name->name, Py_NewRef(made));
    }
    return made;
}

/* ---- words ---- */

/* Split a word into name and value, both new references. */
static int split(State *state, Span word, PyObject **name, PyObject **value)
{
    int plain = is_ascii(word.data, word.size), utf8 = 1;
    if (!plain && (utf8 = is_utf8(word.data, word.size)) < 0)
        return -1;
    if (word.data[0] == '=') {
        const char *begin = word.data + 1, *end = word.data + word.size;
        const char *mark = memchr(begin, '=', (size_t)(end - begin));
        const char *stop = mark ? mark : end, *after = mark ? mark + 1 : end;
        if (!(*name = interned(state, (Span){begin, stop - begin}, plain, utf8)))
            return -1;
        *value = decoded(state, (Span){after, end - after}, plain, utf8);
    } else if (word.size >= 5 && !memcmp(word.data, ".tag=", 5)) {
        *name = Py_NewRef(state->tag);
        *value = decoded(state, (Span){word.data + 5, word.size - 5}, plain, utf8);
    } else {
        *name = Py_NewRef(state->text);
        *value = decoded(state, word, plain, utf8);
    }
    if (!*value)
        Py_CLEAR(*name);
    return *value ? 0 : -1;
}

/* Tell whether a word will hardly come again: a long number, which is a counter, or a tag. */
static int fleeting(Span word)
{
    if (word.data[0] == '.')
        return 1;
    Py_ssize_t digits = 0;
    while (digits < word.size && word.data[word.size - 1 - digits] >= '0' && word.data[word.size - 1 - digits] <= '9')
        digits++;
    return digits > 6;
}

/* Find where a word is kept, or would be; NULL for one that is not. It will be looked at soon. */
static inline Slot *slot_of(State *state, Span word, uint32_t *hash)
{
    if (word.size > KEPT || fleeting(word))
        return NULL;
    *hash = mix(word.data, word.size);
    Slot *slot = &state->slots[*hash & (SLOTS - 1)];
    PREFETCH(slot);
    return slot;
}

static inline int look_up(State *state, Span word, Slot *slot, uint32_t hash, PyObject **name, PyObject **value)
{
    if (!slot)
        return split(state, word, name, value);
    if (slot->hash == hash && slot->size == word.size && equal(slot->word, word.data, word.size)) {
        *name = Py_NewRef(slot->name);
        *value = Py_NewRef(slot->value);
        return 0;
    }
    if (split(state, word, name, value) < 0)
        return -1;
    slot->hash = hash;
    slot->size = (uint8_t)word.size;
    memcpy(slot->word, word.data, (size_t)word.size);
    Py_XSETREF(slot->name, Py_NewRef(*name));
    Py_XSETREF(slot->value, Py_NewRef(*value));
    return 0;
}

static int pair(State *state, Span word, PyObject **name, PyObject **value)
{
    uint32_t hash = 0;
    Slot *slot = slot_of(state, word, &hash);
    return look_up(state, word, slot, hash, name, value);
}

/* Read the length at `data`, of which `size` bytes are there. Returns the bytes of the length itself, more than `size`
 * where it is not whole yet, or -1 with an exception. */
static inline Py_ssize_t measure(Parser *self, State *state, const unsigned char *data, Py_ssize_t size, Py_ssize_t *length)
{
    unsigned char first = data[0];
    if (first < 0x80) {
        *length = first;
        return 1;
    }
    int count = first < 0xC0 ? 2 : first < 0xE0 ? 3 : first < 0xF0 ? 4 : first < 0xF1 ? 5 : 0;
    if (!count) {
        char said[3];
        PyOS_snprintf(said, sizeof said, "%02X", first);
        PyErr_Format(state->error, "The router sent the reserved control byte 0x%s.", said);
        return -1;
    }
    *length = 0;
    if (size < count)
        return count;
    uint64_t found = count == 5 ? 0 : first & (0xFF >> count);
    for (int place = 1; place < count; place++)
        found = found << 8 | data[place];
    if (found > (uint64_t)self->most_word) {
        PyErr_Format(state->error, "The router sent a word of %llu bytes; the limit is %zd.",
                     (unsigned long long)found, self->most_word);
        return -1;
    }
    *length = (Py_ssize_t)found;
    return count;
}

/* Take the word at `*place` of a sentence that is whole: its lengths have been read before and are sound. */
static inline Span word_at(const char **place)
{
    const unsigned char *data = (const unsigned char *)*place;
    Py_ssize_t length = data[0], head = 1;
    if (length > 0x7F) {
        head = length < 0xC0 ? 2 : length < 0xE0 ? 3 : length < 0xF0 ? 4 : 5;
        length = head == 5 ? 0 : length & (0xFF >> head);
        for (Py_ssize_t next = 1; next < head; next++)
            length = length << 8 | data[next];
    }
    Span word = {*place + head, length};
    *place = word.data + length;
    return word;
}

/* ---- rows ---- */

static void release(PyObject **objects, Py_ssize_t count)
{
    while (count)
        Py_DECREF(objects[--count]);
}

static void forget(Shape *shape)
{
    PyObject **names = shape->names, *row = shape->row;
    Py_ssize_t count = shape->count;
    *shape = (Shape){0};
    if (names)
        release(names, 2 * count);
    PyMem_Free(names);
    Py_XDECREF(row);
}

/* Keep a row that had to be built, so that the next one of its kind need not grow step by step. */
static int learn(State *state, Shape *shape, PyObject **names, PyObject **values, Py_ssize_t count)
{
    PyObject *row = PyDict_New();
    PyObject **kept = PyMem_New(PyObject *, 2 * (size_t)count);
    if (!row || !kept)
        goto failed;
    for (Py_ssize_t i = 0; i < count; i++) {
        kept[i] = names[i];
        kept[count + i] = PyUnicode_GET_LENGTH(values[i]) > KEPT ? state->empty : values[i];
        if (PyDict_SetItem(row, kept[i], kept[count + i]) < 0)
            goto failed;
    }
    if (PyDict_GET_SIZE(row) != count) { /* A name came twice. */
        Py_DECREF(row);
        PyMem_Free(kept);
        return 0;
    }
    for (Py_ssize_t i = 0; i < 2 * count; i++)
        Py_INCREF(kept[i]);
    forget(shape);
    *shape = (Shape){row, count, kept, kept + count};
    return 0;
failed:
    if (!kept)
        PyErr_NoMemory();
    Py_XDECREF(row);
    PyMem_Free(kept);
    return -1;
}

static PyObject *built(State *state, Shape *shape, PyObject **names, PyObject **values, Py_ssize_t count)
{
    PyObject *row = PyDict_New();
    for (Py_ssize_t i = 0; row && i < count; i++)
        if (PyDict_SetItem(row, names[i], values[i]) < 0)
            Py_CLEAR(row);
    if (row && count && learn(state, shape, names, values, count) < 0)
        Py_CLEAR(row);
    return row;
}

static PyObject *filled(State *state, PyObject **names, PyObject **values, Py_ssize_t count)
{
    uint64_t sum = (uint64_t)count;
    for (Py_ssize_t i = 0; i < count; i++)
        sum = (sum ^ ((uintptr_t)names[i] >> 4)) * 0xD6E8FEB86659FD93u;
    Shape *shape = &state->shapes[(sum >> 32) & (SHAPES - 1)];
    if (!shape->row || shape->count != count || memcmp(shape->names, names, (size_t)count * sizeof *names))
        return built(state, shape, names, values, count);
    uint8_t differ[WIDEST]; /* found before the copy is made: making it may let another take the shape's place */
    Py_ssize_t differing = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (values[i] != shape->values[i])
            differ[differing++] = (uint8_t)i;
    PyObject *pattern = Py_NewRef(shape->row);
    PyObject *row = PyDict_Copy(pattern);
    Py_DECREF(pattern);
    for (Py_ssize_t i = 0; row && i < differing; i++)
        if (PyDict_SetItem(row, names[differ[i]], values[differ[i]]) < 0)
            Py_CLEAR(row);
    return row;
}

/* A row of more words than fit on the stack, one by one. */
static PyObject *wide(State *state, const char *place, Py_ssize_t words, PyObject **tag)
{
    PyObject *row = PyDict_New(), *name, *value;
    for (Py_ssize_t i = 0; row && i < words; i++) {
        if (pair(state, word_at(&place), &name, &value) < 0) {
            Py_CLEAR(row);
            break;
        }
        if (tag && name == state->tag)
            Py_SETREF(*tag, Py_NewRef(value));
        else if (PyDict_SetItem(row, name, value) < 0)
            Py_CLEAR(row);
        Py_DECREF(name);
        Py_DECREF(value);
    }
    return row;
}

/* Make the row of `words` words; where `tag` is given, the tag goes there instead of into the row. */
static PyObject *row_of(State *state, const char *place, Py_ssize_t words, PyObject **tag)
{
    if (words > WIDEST)
        return wide(state, place, words, tag);
    PyObject *names[WIDEST], *values[WIDEST], *row = NULL;
    Span spans[WIDEST];
    Slot *slots[WIDEST];
    uint32_t hashes[WIDEST];
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < words; i++) {
        spans[i] = word_at(&place);
        slots[i] = slot_of(state, spans[i], &hashes[i]);
    }
    for (Py_ssize_t i = 0; i < words; i++) {
        if (look_up(state, spans[i], slots[i], hashes[i], &names[count], &values[count]) < 0)
            goto done;
        if (tag && names[count] == state->tag) {
            Py_SETREF(*tag, values[count]);
            Py_DECREF(names[count]);
        } else
            count++;
    }
    row = filled(state, names, values, count);
done:
    release(names, count);
    release(values, count);
    return row;
}

/* ---- sentences ---- */

typedef struct {
    PyObject *list;
    PyObject *tag, *rows; /* of the last run, where more rows may join it; they belong to the list */
    Span head;            /* the words of reply and tag with which its rows began, if they did */
} Found;

/* Take the first word of a sentence: its reply, as a new reference. */
static PyObject *reply_at(State *state, const char **place)
{
    PyObject *name, *reply;
    if (pair(state, word_at(place), &name, &reply) < 0)
        return NULL;
    Py_DECREF(name);
    return reply;
}

static int add_sentence(State *state, Found *found, Span sentence, Py_ssize_t words)
{
    const char *place = sentence.data;
    PyObject *reply = reply_at(state, &place);
    PyObject *row = reply ? row_of(state, place, words - 1, NULL) : NULL;
    PyObject *made = row ? PyTuple_Pack(2, reply, row) : NULL;
    int failed = made ? PyList_Append(found->list, made) : -1;
    Py_XDECREF(made);
    Py_XDECREF(row);
    Py_XDECREF(reply);
    return failed;
}

static int same(PyObject *one, PyObject *other)
{
    return one == other || PyUnicode_Compare(one, other) == 0;
}

/* Begin a run with its first row. */
static int begin_run(State *state, Found *found, PyObject *reply, PyObject *tag, PyObject *row)
{
    PyObject *rows = PyList_New(1);
    if (!rows)
        return -1;
    PyList_SET_ITEM(rows, 0, Py_NewRef(row));
    PyObject *run = PyTuple_Pack(3, reply, tag, rows);
    int failed = run ? PyList_Append(found->list, run) : -1;
    int open = !failed && same(reply, state->data);
    found->tag = open ? tag : NULL;
    found->rows = open ? rows : NULL;
    Py_XDECREF(run);
    Py_DECREF(rows);
    return failed;
}

static int add_run(State *state, Found *found, Span sentence, Py_ssize_t words)
{
    const char *place = sentence.data;
    Span head = found->head;
    PyObject *reply, *tag;
    if (found->rows && head.size && head.size < sentence.size && equal(place, head.data, head.size)) {
        reply = Py_NewRef(state->data);
        tag = Py_NewRef(found->tag);
        place += head.size;
        words -= 2;
    } else {
        if (!(reply = reply_at(state, &place)))
            return -1;
        tag = Py_NewRef(state->empty);
        words--;
        head.size = 0;
        unsigned char length = words ? (unsigned char)place[0] : 0;
        if (length > 5 && length < 0x80 && !memcmp(place + 1, ".tag=", 5)) {
            PyObject *row = row_of(state, place, 1, &tag);
            if (!row) {
                Py_DECREF(tag);
                Py_DECREF(reply);
                return -1;
            }
            Py_DECREF(row);
            word_at(&place);
            words--;
            head = (Span){sentence.data, place - sentence.data};
        }
    }
    PyObject *first = Py_NewRef(tag), *row = row_of(state, place, words, &tag);
    int failed = -1;
    if (row && found->rows && same(reply, state->data) && same(tag, found->tag))
        failed = PyList_Append(found->rows, row);
    else if (row && !(failed = begin_run(state, found, reply, tag, row)))
        found->head = tag == first ? head : (Span){NULL, 0};
    Py_XDECREF(row);
    Py_DECREF(first);
    Py_DECREF(tag);
    Py_DECREF(reply);
    return failed;
}

/* ---- the parser ---- */

static int check(Parser *self, State *state, Py_ssize_t words, Py_ssize_t size)
{
    if (words <= self->most_words && size <= self->most_bytes)
        return 0;
    PyErr_Format(state->error, "The router sent a sentence above %zd words or %zd bytes.",
                 self->most_words, self->most_bytes);
    return -1;
}

static void drop(Parser *self)
{
    char *kept = self->kept;
    self->kept = NULL;
    self->size = self->room = self->seen = self->words = self->need = 0;
    PyMem_Free(kept);
}

/* Add bytes to the sentence that is not whole yet. */
static int store(Parser *self, const char *data, Py_ssize_t size)
{
    if (size > PY_SSIZE_T_MAX / 4 - self->size) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t wanted = self->size + size;
    if (wanted > self->room) {
        Py_ssize_t room = wanted + wanted / 2;
        if (wanted < self->need && self->need < room)
            room = self->need;
        char *kept = PyMem_Realloc(self->kept, (size_t)room);
        if (!kept) {
            PyErr_NoMemory();
            return -1;
        }
        self->kept = kept;
        self->room = room;
    }
    memcpy(self->kept + self->size, data, (size_t)size);
    self->size = wanted;
    return 0;
}

typedef int (*Add)(State *, Found *, Span, Py_ssize_t);

/* Read `size` bytes from the begin of a sentence, of which `*words` words before `*seen` are known; add what is whole.
 * Afterwards the bytes from `*begin` on belong to a sentence that is not. */
static int read_on(Parser *self, State *state, const char *data, Py_ssize_t size, Found *found, Add add,
                   Py_ssize_t *begin)
{
    Py_ssize_t place = self->seen, words = self->words, first = 0, length;
    self->need = 0;
    while (place < size) {
        Py_ssize_t head = measure(self, state, (const unsigned char *)data + place, size - place, &length);
        if (head < 0)
            return -1;
        if (length > size - place - head) {
            self->need = place + head + length - first;
            break;
        }
        place += head + length;
        if (length) {
            words++;
            continue;
        }
        if (words) {
            Span sentence = {data + first, place - first};
            if (check(self, state, words, sentence.size) < 0 || add(state, found, sentence, words) < 0)
                return -1;
            words = 0;
        }
        first = place;
    }
    if (check(self, state, words, place - first) < 0)
        return -1;
    self->seen = place - first;
    self->words = words;
    *begin = first;
    return 0;
}

static PyObject *take(Parser *self, PyObject *data, PyTypeObject *type, Add add)
{
    State *state = PyType_GetModuleState(type);
    if (!PyBytes_Check(data)) /* nothing else stays as it is while it is read */
        return PyErr_Format(PyExc_TypeError, "what was received is bytes, not %.50s", Py_TYPE(data)->tp_name);
    if (self->busy)
        return PyErr_Format(PyExc_RuntimeError, "a parser reads for one at a time");
    Found found = {PyList_New(0), NULL, NULL, {NULL, 0}};
    if (!found.list)
        return NULL;
    const char *bytes = PyBytes_AS_STRING(data);
    Py_ssize_t size = PyBytes_GET_SIZE(data), begin = 0;
    char *own = NULL;
    self->busy = 1;
    if (self->size) {
        if (store(self, bytes, size) < 0)
            goto failed;
        if (self->size < self->need)
            goto done;
        own = self->kept;
        bytes = own;
        size = self->size;
        self->kept = NULL;
        self->size = self->room = 0;
    }
    if (read_on(self, state, bytes, size, &found, add, &begin) < 0)
        goto failed;
    if (begin < size && store(self, bytes + begin, size - begin) < 0)
        goto failed;
done:
    self->busy = 0;
    PyMem_Free(own);
    return found.list;
failed:
    self->busy = 0;
    drop(self);
    PyMem_Free(own);
    Py_DECREF(found.list);
    return NULL;
}

static PyObject *parser_feed(Parser *self, PyTypeObject *type, PyObject *const *given, size_t count, PyObject *names)
{
    if (count != 1 || names)
        return PyErr_Format(PyExc_TypeError, "feed takes the bytes alone");
    return take(self, given[0], type, add_sentence);
}

static PyObject *parser_runs(Parser *self, PyTypeObject *type, PyObject *const *given, size_t count, PyObject *names)
{
    if (count != 1 || names)
        return PyErr_Format(PyExc_TypeError, "runs takes the bytes alone");
    return take(self, given[0], type, add_run);
}

static int bound(PyObject *bounds, const char *name, Py_ssize_t *into)
{
    PyObject *value = PyObject_GetAttrString(bounds, name);
    if (!value)
        return -1;
    *into = PyLong_AsSsize_t(value);
    Py_DECREF(value);
    return *into == -1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *parser_new(PyTypeObject *type, PyObject *given, PyObject *named)
{
    static char *names[] = {"bounds", NULL};
    State *state = PyType_GetModuleState(type);
    PyObject *bounds = state ? state->standard : NULL;
    if (!state || !PyArg_ParseTupleAndKeywords(given, named, "|O:Parser", names, &bounds))
        return NULL;
    Parser *self = (Parser *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    if (bound(bounds, "word", &self->most_word) < 0 || bound(bounds, "words", &self->most_words) < 0 ||
        bound(bounds, "sentence", &self->most_bytes) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void parser_dealloc(Parser *self)
{
    PyTypeObject *type = Py_TYPE(self);
    drop(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *parser_sizeof(Parser *self, PyObject *Py_UNUSED(nothing))
{
    return PyLong_FromSsize_t((Py_ssize_t)sizeof *self + self->room);
}

#define METHOD (METH_METHOD | METH_FASTCALL | METH_KEYWORDS)

static PyMethodDef parser_methods[] = {
    {"feed", (PyCFunction)(void (*)(void))parser_feed, METHOD, "Take bytes and return the sentences that they complete."},
    {"runs", (PyCFunction)(void (*)(void))parser_runs, METHOD, "Take bytes and return what they complete, by reply and tag."},
    {"__sizeof__", (PyCFunction)(void (*)(void))parser_sizeof, METH_NOARGS, "Bytes that it takes."},
    {NULL},
};

static PyType_Slot parser_slots[] = {
    {Py_tp_doc, "Turns received bytes into sentences, as routeros.sentences.PurePython does."},
    {Py_tp_new, parser_new},
    {Py_tp_dealloc, parser_dealloc},
    {Py_tp_methods, parser_methods},
    {0, NULL},
};

static PyType_Spec parser_spec = {
    "routeros._words.Parser", sizeof(Parser), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, parser_slots,
};

/* ---- the module ---- */

static PyObject *brought(const char *module, const char *name)
{
    PyObject *home = PyImport_ImportModule(module);
    PyObject *found = home ? PyObject_GetAttrString(home, name) : NULL;
    Py_XDECREF(home);
    return found;
}

static int begin(PyObject *module)
{
    State *state = PyModule_GetState(module);
    PyObject *bounds = brought("routeros.sentences", "Bounds");
    state->standard = bounds ? PyObject_CallNoArgs(bounds) : NULL;
    Py_XDECREF(bounds);
    state->error = state->standard ? brought("routeros.errors", "ProtocolError") : NULL;
    state->tag = state->error ? brought("routeros.sentences", "TAG") : NULL;
    state->text = state->tag ? brought("routeros.sentences", "TEXT") : NULL;
    state->empty = state->text ? PyUnicode_FromStringAndSize("", 0) : NULL;
    state->data = state->empty ? PyUnicode_InternFromString("!re") : NULL;
    if (!state->data)
        return -1;
    state->slots = PyMem_Calloc(SLOTS, sizeof *state->slots);
    state->names = PyMem_Calloc(NAMES, sizeof *state->names);
    state->shapes = PyMem_Calloc(SHAPES, sizeof *state->shapes);
    if (!state->slots || !state->names || !state->shapes) {
        PyErr_NoMemory();
        return -1;
    }
    state->parser = (PyTypeObject *)PyType_FromModuleAndSpec(module, &parser_spec, NULL);
    return state->parser ? PyModule_AddType(module, state->parser) : -1;
}

static int visit_all(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->error);
    Py_VISIT(state->standard);
    Py_VISIT(state->parser);
    return 0;
}

static int clear_all(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->standard);
    Py_CLEAR(state->parser);
    return 0;
}

static void free_all(void *module)
{
    State *state = PyModule_GetState(module);
    clear_all(module);
    for (int i = 0; state->slots && i < SLOTS; i++) {
        Py_CLEAR(state->slots[i].name);
        Py_CLEAR(state->slots[i].value);
    }
    for (int i = 0; state->names && i < NAMES; i++)
        Py_CLEAR(state->names[i].name);
    for (int i = 0; state->shapes && i < SHAPES; i++)
        forget(&state->shapes[i]);
    PyMem_Free(state->slots);
    PyMem_Free(state->names);
    PyMem_Free(state->shapes);
    Py_CLEAR(state->tag);
    Py_CLEAR(state->text);
    Py_CLEAR(state->empty);
    Py_CLEAR(state->data);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, begin},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "routeros._words",
    .m_doc = "The compiled parser of received words.",
    .m_size = sizeof(State),
    .m_slots = module_slots,
    .m_traverse = visit_all,
    .m_clear = clear_all,
    .m_free = free_all,
};

PyMODINIT_FUNC PyInit__words(void)
{
    return PyModuleDef_Init(&module);
}
