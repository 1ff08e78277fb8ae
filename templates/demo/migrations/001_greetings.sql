CREATE TABLE greetings (
    position integer PRIMARY KEY,
    language text NOT NULL UNIQUE,
    words text NOT NULL
);

INSERT INTO greetings (position, language, words) VALUES
    (1, 'English', 'Hello'),
    (2, 'Español', 'Hola'),
    (3, 'Kiswahili', 'Habari'),
    (4, 'हिन्दी', 'नमस्ते'),
    (5, '日本語', 'こんにちは');
