/** The twelve countries of the market, each with its people's names, places, legal forms and trades. */

export type CountryCode = 'DE' | 'AT' | 'CH' | 'FR' | 'GB' | 'US' | 'CA' | 'NL' | 'ES' | 'IT' | 'SE' | 'PL';

export interface Country {
  readonly code: CountryCode;
  /** Share of the market's companies. */
  readonly weight: number;
  /** The usual spelling first, then what some people type instead. */
  readonly spellings: readonly [string, ...string[]];
  readonly tlds: readonly string[];
  readonly dialling: string;
  readonly legalForms: readonly string[];
  readonly cities: readonly string[];
  readonly trades: readonly string[];
  readonly firstNames: readonly string[];
  readonly lastNames: readonly string[];
}

const list = (text: string) => text.trim().split(/\s*,\s*/);

const german = {
  trades: list(
    'Logistik, Maschinenbau, Textil, Energie, Bau, Medizintechnik, Software, Elektronik, Verlag, Spedition, Anlagenbau, Werkzeuge, Lebensmittel, Datentechnik, Gebäudetechnik, Umwelttechnik, Möbel, Chemie',
  ),
};

const english = {
  trades: list(
    'Logistics, Engineering, Textiles, Energy, Construction, Medical, Software, Electronics, Media, Freight, Foods, Tools, Analytics, Insurance, Furniture, Chemicals, Partners, Retail, Labs, Education',
  ),
};

const french = {
  trades: list(
    'Logistique, Ingénierie, Textiles, Énergie, Construction, Santé, Logiciels, Électronique, Médias, Transports, Alimentation, Outillage, Conseil, Assurances, Mobilier, Chimie, Bâtiment, Équipements',
  ),
};

export const countries: readonly Country[] = [
  {
    code: 'DE',
    weight: 18,
    spellings: ['Germany', 'Deutschland', 'DE'],
    tlds: ['de', 'de', 'de', 'com'],
    dialling: '+49',
    legalForms: ['GmbH', 'GmbH', 'AG', 'GmbH & Co. KG', 'KG', 'SE'],
    cities: list('München, Hamburg, Köln, Stuttgart, Leipzig, Bremen, Nürnberg, Ulm, Kassel, Würzburg, Lübeck, Aachen'),
    ...german,
    firstNames: list(
      'Anna, Jürgen, Sabine, Thomas, Katrin, Björn, Ute, Stefan, Jonas, Lena, Günter, Petra, Markus, Heike, Lukas, Sören, Franziska, Andreas, Mia, Klaus, Birgit, Felix, Clara, Jörg, Nina, Tobias, Ilse, Rainer, Svenja, Dirk, Ingrid, Matthias, Paula, Uwe, Carolin, Holger, Emilia, Ralf, Käthe, Niklas',
    ),
    lastNames: list(
      'Müller, Schmidt, Schneider, Fischer, Weber, Schäfer, Becker, Hoffmann, Koch, Bauer, Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Braun, Krüger, Hofmann, Hartmann, Lange, Krause, Lehmann, Köhler, Maier, Jung, Vogel, Friedrich, Keller, Günther, Frank, Berger, Winkler, Roth, Beck, Lorenz, Baumann, Franke, Albrecht, Schuster, Simon, Böhm, Winter, Kraus, Krämer, Vogt, Stein, Jäger, Otto, Groß, Brandt, Haas, Seidel, Heinrich, Kühn, Pohl, Engel, Horn, Busch, Bergmann',
    ),
  },
  {
    code: 'AT',
    weight: 6,
    spellings: ['Austria', 'Österreich', 'AT'],
    tlds: ['at', 'at', 'com'],
    dialling: '+43',
    legalForms: ['GmbH', 'Ges.m.b.H.', 'AG', 'KG', 'OG'],
    cities: list('Wien, Graz, Linz, Salzburg, Innsbruck, Klagenfurt, Villach, Wels, Dornbirn, Steyr'),
    ...german,
    firstNames: list(
      'Maximilian, Johanna, Florian, Theresa, Lukas, Magdalena, Josef, Elisabeth, Sebastian, Barbara, Georg, Verena, Alois, Christina, Andreas, Eva, Dominik, Marlene, Franz, Sophie, Gernot, Silvia, Bernhard, Daniela, Wolfgang, Ulrike, Herbert, Jasmin, Roland, Kerstin',
    ),
    lastNames: list(
      'Gruber, Huber, Wagner, Pichler, Moser, Steiner, Leitner, Hofer, Mayr, Egger, Fuchs, Eder, Winkler, Schwarz, Reiter, Brunner, Wimmer, Lackner, Baumgartner, Auer, Binder, Haas, Wallner, Ebner, Aigner, Strasser, Lechner, Koller, Wieser, Schöllhammer, Hölzl, Kröll, Schönauer, Öllinger, Pühringer, Stöger',
    ),
  },
  {
    code: 'CH',
    weight: 6,
    spellings: ['Switzerland', 'Schweiz', 'CH'],
    tlds: ['ch', 'ch', 'swiss'],
    dialling: '+41',
    legalForms: ['AG', 'AG', 'GmbH', 'SA', 'Sàrl'],
    cities: list('Zürich, Basel, Bern, Genève, Lausanne, Luzern, Winterthur, St. Gallen, Lugano, Zug, Chur'),
    ...german,
    firstNames: list(
      'Urs, Regula, Beat, Ruth, Reto, Corinne, Luca, Chantal, Marco, Nathalie, Daniel, Sandra, Jean-Luc, Véronique, Pascal, Céline, Adrian, Monika, Simon, Livia, Andrea, Noemi, Jürg, Ursula, Matteo, Laura, Rolf, Esther, Gian, Flavia',
    ),
    lastNames: list(
      'Meier, Keller, Müller, Schmid, Baumann, Frei, Brunner, Gerber, Widmer, Zimmermann, Moser, Graf, Wyss, Roth, Suter, Bühler, Kunz, Favre, Rochat, Bernasconi, Lüthi, Hofer, Ammann, Zürcher, Tanner, Zbinden, Jaquet, Aeschbacher, Rüegg, Niederberger, Cattaneo, Käser, Bianchi, Marti, Egli',
    ),
  },
  {
    code: 'FR',
    weight: 11,
    spellings: ['France', 'FR', 'FRANCE'],
    tlds: ['fr', 'fr', 'com', 'eu'],
    dialling: '+33',
    legalForms: ['SA', 'SAS', 'SARL', 'SAS', 'SNC'],
    cities: list('Lyon, Marseille, Toulouse, Nantes, Lille, Bordeaux, Rennes, Grenoble, Dijon, Angers, Nîmes, Orléans'),
    ...french,
    firstNames: list(
      'Élodie, François, Camille, Jérôme, Léa, Benoît, Chloé, Gaëlle, Nicolas, Sébastien, Aurélie, Thierry, Manon, Cédric, Hélène, Rémi, Zoé, Olivier, Mathilde, Stéphane, Inès, Guillaume, Marie-Claire, Loïc, Amélie, Pierre, Noémie, Antoine, Solène, Raphaël, Maëlle, Xavier, Anaïs, Yves, Clémence, Hugo',
    ),
    lastNames: list(
      'Martin, Bernard, Dubois, Thomas, Robert, Petit, Durand, Leroy, Moreau, Lefèvre, Simon, Laurent, Michel, Garcia, Bertrand, Roux, Fournier, Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau, Vincent, Muller, Faure, Mercier, Blanc, Guérin, Boyer, Chevalier, François, Legrand, Gauthier, Perrin, Clément, Morin, Nicolas, Mathieu, Marchand, Gautier, Noël, Lemaître, Besançon, Delaunay, Hénault, Béranger, Thévenin',
    ),
  },
  {
    code: 'GB',
    weight: 13,
    spellings: ['United Kingdom', 'UK', 'Great Britain'],
    tlds: ['co.uk', 'co.uk', 'com', 'uk'],
    dialling: '+44',
    legalForms: ['Ltd', 'Ltd', 'Limited', 'PLC', 'LLP'],
    cities: list(
      'Leeds, Bristol, Manchester, Glasgow, Cardiff, Norwich, Oxford, Exeter, York, Belfast, Derby, Brighton',
    ),
    ...english,
    firstNames: list(
      'Oliver, Emma, Harry, Charlotte, Jack, Sophie, James, Amelia, George, Isla, William, Grace, Alfie, Lily, Callum, Freya, Rhys, Siân, Ewan, Eilidh, Aoife, Niall, Graham, Fiona, Nigel, Hazel, Rajesh, Priya, Imran, Ayesha, Dylan, Megan, Rory, Bronwen, Duncan, Moira',
    ),
    lastNames: list(
      'Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Patel, Robinson, Wright, Thompson, Evans, Walker, White, Roberts, Green, Hall, Wood, Jackson, Clarke, Clark, Harrison, Scott, Cooper, King, Davis, Harris, Martin, Lewis, Shah, Begum, Khan, Singh, MacDonald, Campbell, Stewart, Murray, Fraser, Byrne, Hughes, Griffiths, Price, Pritchard, Ashworth, Whitfield, Hargreaves, Fairbairn',
    ),
  },
  {
    code: 'US',
    weight: 20,
    spellings: ['USA', 'United States', 'US', 'United States of America'],
    tlds: ['com', 'com', 'com', 'io', 'net'],
    dialling: '+1',
    legalForms: ['Inc.', 'Inc.', 'LLC', 'Corp.', 'Co.', 'LLP'],
    cities: list(
      'Denver, Portland, Austin, Boise, Tulsa, Omaha, Tampa, Dayton, Fresno, Raleigh, Albany, Madison, Tucson',
    ),
    ...english,
    firstNames: list(
      'Michael, Jessica, Christopher, Ashley, Matthew, Emily, Joshua, Sarah, Daniel, Samantha, David, Brittany, Andrew, Elizabeth, Tyler, Megan, Jose, Maria, Kevin, Rachel, Brandon, Lauren, Jason, Nicole, Eric, Stephanie, Wei, Mei, Anthony, Danielle, Luis, Sofia, Terrence, Keisha, Hannah, Ethan, Olivia, Noah, Brooke, Trevor, Aaliyah, DeShawn, Priya, Arjun',
    ),
    lastNames: list(
      "Smith, Johnson, Williams, Brown, Jones, Garcia, Miller, Davis, Rodriguez, Martinez, Hernandez, Lopez, Gonzalez, Wilson, Anderson, Thomas, Taylor, Moore, Jackson, Martin, Lee, Perez, Thompson, White, Harris, Sanchez, Clark, Ramirez, Lewis, Robinson, Walker, Young, Allen, King, Wright, Scott, Torres, Nguyen, Hill, Flores, Green, Adams, Nelson, Baker, Hall, Rivera, Campbell, Mitchell, Carter, O'Brien, O'Connor, Kowalski, Chen, Patel, Kim, McCarthy, Fitzgerald, Washington, Lindqvist, Nakamura",
    ),
  },
  {
    code: 'CA',
    weight: 6,
    spellings: ['Canada', 'CA', 'canada'],
    tlds: ['ca', 'ca', 'com'],
    dialling: '+1',
    legalForms: ['Inc.', 'Ltd.', 'Corp.', 'Ltée'],
    cities: list('Toronto, Montréal, Calgary, Ottawa, Halifax, Winnipeg, Québec, Regina, Victoria, Kelowna'),
    ...english,
    firstNames: list(
      'Liam, Olivia, Noah, Charlotte, Étienne, Geneviève, Lucas, Sophie, Benjamin, Chloe, Mathieu, Émilie, Ryan, Heather, Gurpreet, Simran, Connor, Mackenzie, Xavier, Gabrielle, Owen, Jasmine, Tremaine, Anjali, Scott, Kaitlyn, François, Mélanie, Wayne, Shannon',
    ),
    lastNames: list(
      "Tremblay, Roy, Gagnon, Bouchard, Côté, Smith, Brown, MacDonald, Wilson, Campbell, Singh, Wong, Li, Chan, Gauthier, Morin, Lavoie, Fortin, Gagné, Ouellet, Pelletier, Bélanger, Lévesque, Bergeron, Leblanc, Stewart, Fraser, Gill, Sandhu, Reid, Murphy, O'Neill, Beaulieu, Desjardins, Paquette, McLeod",
    ),
  },
  {
    code: 'NL',
    weight: 5,
    spellings: ['Netherlands', 'The Netherlands', 'NL'],
    tlds: ['nl', 'nl', 'com'],
    dialling: '+31',
    legalForms: ['B.V.', 'BV', 'N.V.', 'V.O.F.'],
    cities: list('Utrecht, Rotterdam, Eindhoven, Groningen, Breda, Arnhem, Zwolle, Delft, Leiden, Tilburg'),
    trades: list(
      'Logistiek, Techniek, Textiel, Energie, Bouw, Zorg, Software, Elektronica, Media, Transport, Voeding, Gereedschap, Advies, Verzekeringen, Meubelen, Chemie',
    ),
    firstNames: list(
      'Daan, Sanne, Bram, Lotte, Sem, Fleur, Joris, Anouk, Thijs, Femke, Ruben, Marieke, Pieter, Ingeborg, Koen, Esmée, Wouter, Noor, Jeroen, Saskia, Maarten, Loes, Sjoerd, Renée, Gijs, Maud, Bas, Iris, Hendrik, Willemijn',
    ),
    lastNames: list(
      'de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Janssen, Visser, Smit, Meijer, de Boer, Mulder, de Groot, Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, van der Linden, Kok, Jacobs, Vermeulen, van den Heuvel, Schouten, Hoekstra, Postma, Wiersma',
    ),
  },
  {
    code: 'ES',
    weight: 5,
    spellings: ['Spain', 'España', 'ES'],
    tlds: ['es', 'es', 'com'],
    dialling: '+34',
    legalForms: ['S.A.', 'S.L.', 'SL', 'S.L.U.'],
    cities: list('Madrid, Valencia, Sevilla, Bilbao, Málaga, Zaragoza, Vigo, Gijón, Murcia, Córdoba'),
    trades: list(
      'Logística, Ingeniería, Textiles, Energía, Construcciones, Sanidad, Software, Electrónica, Medios, Transportes, Alimentación, Herramientas, Consultoría, Seguros, Muebles, Química',
    ),
    firstNames: list(
      'Javier, María, Álvaro, Lucía, Íñigo, Begoña, José, Carmen, Andrés, Inés, Raúl, Sofía, Óscar, Nuria, Jesús, Pilar, Iván, Rocío, Héctor, Noelia, Sergio, Marta, Adrián, Elena, Joaquín, Concepción, Rubén, Ángela, Xavier, Montserrat',
    ),
    lastNames: list(
      'García, Fernández, González, Rodríguez, López, Martínez, Sánchez, Pérez, Martín, Gómez, Ruiz, Hernández, Jiménez, Díaz, Álvarez, Moreno, Muñoz, Alonso, Gutiérrez, Romero, Navarro, Torres, Domínguez, Gil, Vázquez, Serrano, Ramos, Blanco, Castro, Suárez, Ortega, Rubio, Ibáñez, Núñez, Iglesias, Peña',
    ),
  },
  {
    code: 'IT',
    weight: 5,
    spellings: ['Italy', 'Italia', 'IT'],
    tlds: ['it', 'it', 'com'],
    dialling: '+39',
    legalForms: ['S.p.A.', 'S.r.l.', 'Srl', 'SpA'],
    cities: list('Milano, Torino, Bologna, Verona, Genova, Padova, Bari, Trieste, Brescia, Modena'),
    trades: list(
      'Logistica, Ingegneria, Tessuti, Energia, Costruzioni, Sanità, Software, Elettronica, Editoria, Trasporti, Alimentari, Utensili, Consulenza, Assicurazioni, Arredamenti, Chimica',
    ),
    firstNames: list(
      'Marco, Giulia, Alessandro, Francesca, Niccolò, Chiara, Davide, Martina, Lorenzo, Sara, Matteo, Elisa, Giovanni, Federica, Riccardo, Valentina, Simone, Ilaria, Stefano, Silvia, Paolo, Benedetta, Gianluca, Noemi, Luca, Serena, Andrea, Caterina, Emanuele, Beatrice',
    ),
    lastNames: list(
      "Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Bruno, Gallo, Conti, De Luca, Mancini, Costa, Giordano, Rizzo, Lombardi, Moretti, Barbieri, Fontana, Santoro, Mariani, Rinaldi, Caruso, Ferrara, Galli, Martini, Leone, D'Angelo, Longo, Gentile, Martinelli, Vitale, Lo Monaco",
    ),
  },
  {
    code: 'SE',
    weight: 3,
    spellings: ['Sweden', 'Sverige', 'SE'],
    tlds: ['se', 'se', 'com'],
    dialling: '+46',
    legalForms: ['AB', 'AB', 'HB', 'KB'],
    cities: list('Stockholm, Göteborg, Malmö, Uppsala, Västerås, Örebro, Linköping, Umeå, Lund, Borås'),
    trades: list(
      'Logistik, Teknik, Textil, Energi, Bygg, Hälsa, Programvara, Elektronik, Media, Transport, Livsmedel, Verktyg, Konsult, Försäkring, Möbler, Kemi',
    ),
    firstNames: list(
      'Erik, Astrid, Lars, Ingrid, Åke, Åsa, Björn, Elin, Göran, Malin, Oskar, Linnéa, Mattias, Frida, Henrik, Sofia, Jörgen, Maja, Nils, Karin, Anders, Annika, Joakim, Hanna, Sven, Ebba, Rasmus, Tove',
    ),
    lastNames: list(
      'Andersson, Johansson, Karlsson, Nilsson, Eriksson, Larsson, Olsson, Persson, Svensson, Gustafsson, Pettersson, Jonsson, Lindberg, Lindström, Axelsson, Bergström, Lundberg, Lundgren, Sjöberg, Wallin, Engström, Danielsson, Håkansson, Lundin, Björk, Bergman, Sandberg, Åberg, Öhman, Nyström',
    ),
  },
  {
    code: 'PL',
    weight: 2,
    spellings: ['Poland', 'Polska', 'PL'],
    tlds: ['pl', 'pl', 'com.pl'],
    dialling: '+48',
    legalForms: ['Sp. z o.o.', 'Sp. z o.o.', 'S.A.', 'Sp.k.'],
    cities: list('Warszawa, Kraków, Łódź, Wrocław, Poznań, Gdańsk, Lublin, Katowice, Rzeszów, Toruń'),
    trades: list(
      'Logistyka, Technika, Tekstylia, Energia, Budownictwo, Zdrowie, Oprogramowanie, Elektronika, Media, Transport, Żywność, Narzędzia, Doradztwo, Ubezpieczenia, Meble, Chemia',
    ),
    firstNames: list(
      'Piotr, Agnieszka, Krzysztof, Małgorzata, Paweł, Łucja, Michał, Zofia, Grzegorz, Joanna, Tomasz, Katarzyna, Łukasz, Monika, Wojciech, Ewa, Marcin, Żaneta, Jakub, Magdalena, Stanisław, Aleksandra, Rafał, Iwona',
    ),
    lastNames: list(
      'Nowak, Kowalski, Wiśniewski, Wójcik, Kowalczyk, Kamiński, Lewandowski, Zieliński, Szymański, Woźniak, Dąbrowski, Kozłowski, Jankowski, Mazur, Kwiatkowski, Krawczyk, Kaczmarek, Piotrowski, Grabowski, Zając, Pawłowski, Michalski, Król, Wieczorek, Jabłoński, Wróbel, Nowakowski, Majewski',
    ),
  },
];
