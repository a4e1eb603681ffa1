package io.erlust.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;

import io.erlust.architecture.Repository.TextFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Tidiness of Java seen by the compiler's own parser: lengths of methods, and calls that are
 * banned.
 */
final class TidyJava extends TreeScanner<Void, Void> {
    private final TextFile file;
    private final CompilationUnitTree unit;
    private final Trees trees;
    private final List<String> longMethods = new ArrayList<>();
    private final List<String> bannedCalls = new ArrayList<>();

    private TidyJava(TextFile file, CompilationUnitTree unit, Trees trees) {
        this.file = file;
        this.unit = unit;
        this.trees = trees;
    }

    static TidyJava look(TextFile file) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavacTask task = (JavacTask)
                compiler.getTask(null, null, null, null, null, List.of(new Source(file)));
        try {
            CompilationUnitTree unit = task.parse().iterator().next();
            TidyJava tidy = new TidyJava(file, unit, Trees.instance(task));
            tidy.scan(unit, null);
            return tidy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> longMethods() {
        return longMethods;
    }

    List<String> bannedCalls() {
        return bannedCalls;
    }

    /** The body counts; a table of test cases in an annotation does not. */
    @Override
    public Void visitMethod(MethodTree method, Void none) {
        if (method.getBody() != null) {
            int lines = (int) (line(end(method)) - line(start(method.getBody())) + 1);
            if (lines > TidyText.METHOD_LINES_MAX) {
                String name = method.getName().toString();
                longMethods.add(finding(method, TidyText.tooLong(name, lines)));
            }
        }
        return super.visitMethod(method, null);
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
        String first = call.getArguments().isEmpty()
                ? ""
                : call.getArguments().getFirst().toString();
        check(call, call.getMethodSelect().toString() + "(" + first);
        return super.visitMethodInvocation(call, null);
    }

    @Override
    public Void visitMemberReference(MemberReferenceTree reference, Void none) {
        check(reference, reference.getQualifierExpression() + "." + reference.getName() + "(");
        return super.visitMemberReference(reference, null);
    }

    @Override
    public Void visitNewClass(NewClassTree made, Void none) {
        check(made, "new " + made.getIdentifier() + "(");
        return super.visitNewClass(made, null);
    }

    private void check(Tree tree, String call) {
        BannedCall.in(file.path(), call)
                .ifPresent(banned -> bannedCalls.add(finding(tree, banned.instead())));
    }

    private String finding(Tree tree, String wrong) {
        return file.path() + ":" + line(start(tree)) + ": " + wrong;
    }

    private long start(Tree tree) {
        return trees.getSourcePositions().getStartPosition(unit, tree);
    }

    private long end(Tree tree) {
        return trees.getSourcePositions().getEndPosition(unit, tree);
    }

    private long line(long position) {
        return unit.getLineMap().getLineNumber(position);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final TextFile file;

        Source(TextFile file) {
            super(URI.create("text:///" + file.path()), JavaFileObject.Kind.SOURCE);
            this.file = file;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return file.text();
        }
    }
}
